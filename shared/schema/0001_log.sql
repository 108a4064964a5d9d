-- The log of one service: what happened, and the place the sequencer gave it.

CREATE SCHEMA log;
GRANT USAGE ON SCHEMA log TO fairlead_app, fairlead_worker, fairlead_reader;

CREATE TABLE log.events (
    -- Cache 1: ids of one stream then rise with its versions, which the sequencer's order needs.
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1),
    tenant text NOT NULL CHECK (tenant <> ''),
    stream text NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    event_id uuid NOT NULL,
    type text NOT NULL,
    slot smallint NOT NULL CHECK (slot BETWEEN 0 AND 63),
    record bytea NOT NULL,  -- canonical JSON, hashed as it stands, never written anew
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT events_stream_version PRIMARY KEY (tenant, stream, version),
    CONSTRAINT events_event_id UNIQUE (tenant, event_id),
    CONSTRAINT events_id UNIQUE (id)  -- nobody can choose an id, so it tells no tenant of another
);
CREATE INDEX events_xid ON log.events (xid);

CREATE TABLE log.log (
    tenant text NOT NULL,
    number bigint NOT NULL,       -- gapless in the tenant: the order that is audited
    slot smallint NOT NULL,
    slot_number bigint NOT NULL,  -- gapless in the slot: the order of delivery
    event bigint NOT NULL,        -- log.events.id; no foreign key, whose check costs a lock a row
    leaf bytea NOT NULL,          -- sha256(0x00 || record), RFC 9162
    CONSTRAINT log_number PRIMARY KEY (tenant, number),
    CONSTRAINT log_slot_number UNIQUE (slot, slot_number),
    CONSTRAINT log_event UNIQUE (event)  -- nothing is numbered twice; finds the number of a receipt
);

CREATE TABLE log.tenant_heads (
    tenant text PRIMARY KEY,
    number bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE log.slot_heads (
    slot smallint PRIMARY KEY,
    number bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE log.sequencer (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    mark pg_snapshot NOT NULL,  -- what this could see is numbered
    target pg_snapshot,         -- set while a backlog is numbered page by page
    after bigint NOT NULL DEFAULT 0  -- the last id numbered on the way from mark to target
) WITH (fillfactor = 50);
INSERT INTO log.sequencer (mark) VALUES ('1:1:');

CREATE TABLE log.idempotency (
    tenant text NOT NULL CHECK (tenant <> ''),
    subject text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,  -- sha256 of the request's body, hex
    status smallint NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, subject, route, key)
);

CREATE TABLE log.operations (
    tenant text NOT NULL CHECK (tenant <> ''),
    operation_id uuid NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    progress jsonb NOT NULL DEFAULT '{}',
    result jsonb,
    error jsonb,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (tenant, operation_id)
);

GRANT SELECT, INSERT ON log.events, log.idempotency TO fairlead_app, fairlead_worker;
GRANT SELECT ON log.log, log.tenant_heads TO fairlead_app;
GRANT SELECT, INSERT ON log.log TO fairlead_worker;
GRANT SELECT, INSERT, UPDATE ON log.tenant_heads, log.slot_heads TO fairlead_worker;
GRANT SELECT, UPDATE ON log.sequencer TO fairlead_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON log.operations TO fairlead_app, fairlead_worker;
GRANT SELECT ON log.events, log.log, log.slot_heads TO fairlead_reader;
