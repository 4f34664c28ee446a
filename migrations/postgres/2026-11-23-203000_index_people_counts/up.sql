-- How many people of each role there are, which the platform's first page tells, without reading them all.
CREATE INDEX ix_users_state_role ON users (state, role, hospital_id);
