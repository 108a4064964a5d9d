-- Documents that prove what was worked out, such as a matching run's: kept beside the log, known by
-- their digest. An event names the digest, so a document that no event names is never shown.

CREATE TABLE log.records (
    tenant text NOT NULL CHECK (tenant <> ''),
    subject uuid NOT NULL,      -- what it is about, such as a run
    digest text NOT NULL,       -- SHA-256, hex, of what can never be taken out of it
    document bytea NOT NULL,    -- canonical JSON, gzip
    kept_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, subject, digest)
);
ALTER TABLE log.records ALTER COLUMN document SET STORAGE EXTERNAL;  -- it is small already

GRANT SELECT, INSERT ON log.records TO fairlead_app, fairlead_worker;
-- What a record holds of somebody is taken out when they are erased; its digests stay.
GRANT UPDATE (document) ON log.records TO fairlead_worker;

ALTER TABLE log.records ENABLE ROW LEVEL SECURITY;
ALTER TABLE log.records FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON log.records TO fairlead_app
    USING (tenant = nullif(current_setting('app.tenant', true), ''))
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), ''));
CREATE POLICY every_tenant ON log.records TO fairlead_worker USING (true) WITH CHECK (true);
