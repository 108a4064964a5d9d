-- Requests see their tenant only, even where a query forgets to ask; loops see every tenant.

DO $$
DECLARE
    guarded regclass;
BEGIN
    FOR guarded IN
        SELECT a.attrelid::regclass
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid
        WHERE a.attname = 'tenant' AND c.relkind = 'r'
          AND c.relnamespace IN ('log'::regnamespace, 'vault'::regnamespace)
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
        -- A transaction-local setting reverts to the empty string, not to NULL, when it ends.
        EXECUTE format(
            'CREATE POLICY one_tenant ON %s TO fairlead_app '
            'USING (tenant = nullif(current_setting(''app.tenant'', true), '''')) '
            'WITH CHECK (tenant = nullif(current_setting(''app.tenant'', true), ''''))',
            guarded);
        EXECUTE format(
            'CREATE POLICY every_tenant ON %s TO fairlead_worker USING (true) WITH CHECK (true)',
            guarded);
    END LOOP;
    CREATE POLICY readable ON log.events FOR SELECT TO fairlead_reader USING (true);
    CREATE POLICY readable ON log.log FOR SELECT TO fairlead_reader USING (true);
    -- Tables that the owner has rebuilt hold what was parked: it settles that, too.
    CREATE POLICY settled ON log.parked TO CURRENT_USER USING (true) WITH CHECK (true);
    CREATE POLICY settled ON log.applied TO CURRENT_USER USING (true) WITH CHECK (true);
END
$$;
