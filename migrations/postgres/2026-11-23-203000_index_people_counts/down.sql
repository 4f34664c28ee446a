DROP INDEX ix_users_state_role;
