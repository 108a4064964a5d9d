-- Whoever keeps what they read of a document has to see that something was taken out of it since,
-- in whichever process that was done: no writer can forget to count.

ALTER TABLE log.records ADD COLUMN rewrites integer NOT NULL DEFAULT 0;

CREATE FUNCTION log.count_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.rewrites := OLD.rewrites + 1;
    RETURN NEW;
END
$$;
CREATE TRIGGER rewrites_are_counted BEFORE UPDATE OF document ON log.records
    FOR EACH ROW EXECUTE FUNCTION log.count_rewrite();
