-- Row level security: a second wall between hospitals, behind the predicates of the queries.
-- FORCE binds the owner of the tables too. Every transaction sets app.tenant; unset, every
-- table is empty. Its values: a hospital's id, or one of the words below.

-- The tenant of a transaction: a hospital, or 0 for the platform. The policies ask in a
-- sub-select, once for each statement; what comes after OR is asked only where that failed.
CREATE FUNCTION tenant() RETURNS UUID LANGUAGE SQL STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN current_setting('app.tenant', TRUE) = 'platform' THEN '00000000-0000-0000-0000-000000000000'::UUID
        WHEN current_setting('app.tenant', TRUE) LIKE '________-____-____-____-____________' THEN current_setting('app.tenant', TRUE)::UUID
    END
$$;

-- Whether the transaction is one of these kinds, which do not keep to one hospital.
CREATE FUNCTION tenant_is(VARIADIC kinds TEXT[]) RETURNS BOOLEAN LANGUAGE SQL STABLE PARALLEL SAFE AS $$
    SELECT COALESCE(current_setting('app.tenant', TRUE) = ANY (kinds), FALSE)
$$;

-- What happens between doctors and patients: one hospital at a time, and never another way.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'availability_rules', 'availability_exceptions', 'conversations', 'conversation_members',
        'appointments', 'documents', 'messages', 'call_legs'
    ] LOOP
        EXECUTE format('CREATE POLICY tenant ON %I USING (
            hospital_id = (SELECT tenant()) OR tenant_is(''migration''))', name);
    END LOOP;
END
$$;

-- People, their mail and the trail. Who signs in, follows a mailed link or manages the
-- platform belongs to a hospital that is not known yet, or to none.
DO $$
DECLARE
    name TEXT;
    owner TEXT;
BEGIN
    FOR name, owner IN VALUES
        ('hospitals', 'id'),
        ('lobbies', 'hospital_id'),
        ('doctor_profiles', 'hospital_id'),
        ('patient_profiles', 'hospital_id'),
        ('users', 'COALESCE(hospital_id, ''00000000-0000-0000-0000-000000000000'')'),
        ('account_codes', 'COALESCE(hospital_id, ''00000000-0000-0000-0000-000000000000'')'),
        ('mails', 'COALESCE(hospital_id, ''00000000-0000-0000-0000-000000000000'')'),
        ('audit_events', 'chain_id'),
        ('audit_strands', 'chain_id'),
        ('audit_chains', 'chain_id')
    LOOP
        EXECUTE format('CREATE POLICY tenant ON %I USING (
            %s = (SELECT tenant()) OR tenant_is(''accounts'', ''migration''))', name, owner);
    END LOOP;
END
$$;

-- The trail of a hospital names the platform's people who did something there.
CREATE POLICY platform_people ON users FOR SELECT USING (hospital_id IS NULL AND tenant() IS NOT NULL);
-- The list of hospitals is public.
CREATE POLICY cards ON hospitals FOR SELECT USING (tenant_is('cards'));

-- What belongs to a user belongs where the user does. A scalar sub-select is asked row by
-- row through the key; IN and EXISTS may be answered by reading all users.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'credentials', 'sessions', 'totp_factors', 'totp_enrolments', 'recovery_codes',
        'mfa_challenges'
    ] LOOP
        EXECUTE format('CREATE POLICY tenant ON %I USING (
            tenant_is(''accounts'', ''migration'') OR (
                SELECT COALESCE(u.hospital_id, ''00000000-0000-0000-0000-000000000000'')
                FROM users AS u WHERE u.id = user_id
            ) = (SELECT tenant()))', name);
    END LOOP;
END
$$;
CREATE POLICY tenant ON idempotency_records USING (
    tenant_is('migration') OR (
        SELECT u.hospital_id FROM users AS u WHERE u.id = user_id
    ) = (SELECT tenant())
);
CREATE POLICY tenant ON refresh_tokens USING (
    tenant_is('accounts', 'migration') OR (
        SELECT COALESCE(u.hospital_id, '00000000-0000-0000-0000-000000000000')
        FROM sessions AS s JOIN users AS u ON u.id = s.user_id WHERE s.id = session_id
    ) = (SELECT tenant())
);

-- Who sends a request is found out by one statement without a transaction.
CREATE POLICY callers ON sessions FOR SELECT USING (tenant_is('callers'));
CREATE POLICY callers ON users FOR SELECT USING (tenant_is('callers'));

DO $$
DECLARE
    name TEXT;
BEGIN
    FOR name IN SELECT DISTINCT tablename FROM pg_policies WHERE schemaname = current_schema() LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    END LOOP;
END
$$;
