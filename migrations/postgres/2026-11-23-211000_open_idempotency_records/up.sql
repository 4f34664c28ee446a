-- Platform admins create hospitals and people by keys, too. They belong to no hospital, so
-- their records are those of transactions over accounts; everybody else's stay in theirs.
DROP POLICY tenant ON idempotency_records;
CREATE POLICY tenant ON idempotency_records USING (
    tenant_is('migration') OR (
        SELECT CASE WHEN u.hospital_id IS NULL THEN tenant_is('accounts') ELSE u.hospital_id = tenant() END
        FROM users AS u WHERE u.id = user_id
    )
);
