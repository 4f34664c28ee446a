-- Keys of the orders of lists, compared byte by byte on both databases.
ALTER TABLE hospitals ADD COLUMN sort_name TEXT COLLATE "C" NOT NULL DEFAULT '';
-- Lower-cased name and short name.
ALTER TABLE hospitals ADD COLUMN search_text TEXT NOT NULL DEFAULT '';
UPDATE hospitals SET sort_name = lower(name), search_text = lower(name) || ' ' || slug;
CREATE INDEX ix_hospitals_name ON hospitals (sort_name, id);
CREATE INDEX ix_hospitals_created ON hospitals (created_at, id);

CREATE INDEX ix_users_hospital_name ON users (hospital_id, sort_name, id);
CREATE INDEX ix_users_hospital_created ON users (hospital_id, created_at, id);
CREATE INDEX ix_users_hospital_role_created ON users (hospital_id, role, created_at, id);
CREATE INDEX ix_users_created ON users (created_at, id);

-- Lower-cased specialty, a tab, which sorts before all that can be read, and the name.
ALTER TABLE doctor_profiles ADD COLUMN sort_specialty TEXT COLLATE "C" NOT NULL DEFAULT '';
-- Lower-cased tags of the languages with a space before the first and after each.
ALTER TABLE doctor_profiles ADD COLUMN spoken TEXT NOT NULL DEFAULT ' ';
UPDATE doctor_profiles SET
    sort_specialty = lower(specialty) || chr(9) || (SELECT sort_name FROM users WHERE users.id = doctor_id),
    spoken = ' ' || coalesce((SELECT string_agg(lower(tag) || ' ', '') FROM jsonb_array_elements_text(languages) AS t (tag)), '');
CREATE INDEX ix_doctor_profiles_hospital_specialty ON doctor_profiles (hospital_id, sort_specialty, doctor_id);
CREATE INDEX ix_doctor_profiles_specialty ON doctor_profiles (sort_specialty, doctor_id);

-- The date, or `unknown`, which sorts after every date.
ALTER TABLE patient_profiles ADD COLUMN sort_born TEXT COLLATE "C" NOT NULL DEFAULT 'unknown';
UPDATE patient_profiles SET sort_born = to_char(date_of_birth, 'YYYY-MM-DD') WHERE date_of_birth IS NOT NULL;
CREATE INDEX ix_patient_profiles_born ON patient_profiles (hospital_id, sort_born, patient_id);
