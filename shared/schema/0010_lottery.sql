-- What a lottery is drawn from, kept secret until it has been drawn: its SHA-256 is told when the
-- draw is asked for, the seed itself only with what came out. Who asks writes it and cannot read it.

CREATE TABLE log.lottery (
    tenant text NOT NULL CHECK (tenant <> ''),
    subject uuid NOT NULL,  -- what is drawn for, such as a matching run
    seed bytea NOT NULL CHECK (octet_length(seed) = 32),
    PRIMARY KEY (tenant, subject)
);

GRANT INSERT ON log.lottery TO fairlead_app;
GRANT SELECT, INSERT ON log.lottery TO fairlead_worker;

ALTER TABLE log.lottery ENABLE ROW LEVEL SECURITY;
ALTER TABLE log.lottery FORCE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON log.lottery TO fairlead_app
    USING (tenant = nullif(current_setting('app.tenant', true), ''))
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), ''));
CREATE POLICY every_tenant ON log.lottery TO fairlead_worker USING (true) WITH CHECK (true);
