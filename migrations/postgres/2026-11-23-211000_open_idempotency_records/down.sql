DROP POLICY tenant ON idempotency_records;
CREATE POLICY tenant ON idempotency_records USING (
    tenant_is('migration') OR (
        SELECT u.hospital_id FROM users AS u WHERE u.id = user_id
    ) = (SELECT tenant())
);
