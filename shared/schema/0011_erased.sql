-- Who was erased gets no key any more, whether they had one or not, and whatever is under way.

CREATE TABLE vault.erased (
    tenant text NOT NULL CHECK (tenant <> ''),
    subject text NOT NULL,
    erased_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, subject)
);
INSERT INTO vault.erased (tenant, subject, erased_at)
SELECT tenant, subject, min(destroyed_at) FROM vault.subject_keys
WHERE destroyed_at IS NOT NULL GROUP BY tenant, subject;

GRANT SELECT, INSERT ON vault.erased TO fairlead_app, fairlead_worker;

ALTER TABLE vault.erased ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault.erased FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON vault.erased TO fairlead_app
    USING (tenant = nullif(current_setting('app.tenant', true), ''))
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), ''));
CREATE POLICY every_tenant ON vault.erased TO fairlead_worker USING (true) WITH CHECK (true);

-- A first key and an erasure of the same person take turns: each sees what the other committed,
-- because each statement in a function that may change things looks anew.
CREATE FUNCTION vault.take_turn(of_tenant text, of_subject text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended(of_tenant || chr(31) || of_subject, 1));
$$;

CREATE FUNCTION vault.keep_key(
    of_tenant text, of_subject text, for_purpose text, wrapped bytea, committed text
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM vault.take_turn(of_tenant, of_subject);
    INSERT INTO vault.subject_keys (tenant, subject, purpose, wrapped_key, commitment)
    SELECT of_tenant, of_subject, for_purpose, wrapped, committed
    WHERE NOT EXISTS (
        SELECT FROM vault.erased e WHERE e.tenant = of_tenant AND e.subject = of_subject)
    ON CONFLICT DO NOTHING;
END
$$;

CREATE FUNCTION vault.destroy_keys(of_tenant text, of_subject text)
RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM vault.take_turn(of_tenant, of_subject);
    INSERT INTO vault.erased (tenant, subject) VALUES (of_tenant, of_subject)
    ON CONFLICT DO NOTHING;
    RETURN QUERY
        UPDATE vault.subject_keys k SET wrapped_key = NULL, destroyed_at = now()
        WHERE k.tenant = of_tenant AND k.subject = of_subject AND k.wrapped_key IS NOT NULL
        RETURNING k.purpose;
END
$$;
