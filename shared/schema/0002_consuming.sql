-- What a consumer of events remembers: its hold on slots, what it has applied, what waits.

CREATE TABLE log.leases (
    consumer text NOT NULL,
    source text NOT NULL,  -- the service whose events these are
    slot smallint NOT NULL CHECK (slot BETWEEN 0 AND 63),
    owner text,
    epoch bigint NOT NULL DEFAULT 0,
    until timestamptz NOT NULL DEFAULT '-infinity',
    number bigint NOT NULL DEFAULT 0,  -- the last slot number whose effect is committed
    PRIMARY KEY (consumer, source, slot)
) WITH (fillfactor = 50);

CREATE TABLE log.members (
    consumer text NOT NULL,
    source text NOT NULL,
    member text NOT NULL,
    until timestamptz NOT NULL,  -- alive at least so long: slots are shared out among the living
    PRIMARY KEY (consumer, source, member)
) WITH (fillfactor = 50);

CREATE TABLE log.parked (
    id bigint GENERATED ALWAYS AS IDENTITY,
    tenant text NOT NULL CHECK (tenant <> ''),
    consumer text NOT NULL,
    source text NOT NULL,
    slot smallint NOT NULL,
    number bigint NOT NULL,
    stream text NOT NULL,
    event_id uuid,  -- of what cannot be decoded, not even this may be known
    type text NOT NULL,
    cause text NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    waiting boolean NOT NULL DEFAULT false,  -- nothing wrong with it: it waits behind its stream's poison
    message bytea NOT NULL,
    headers jsonb NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    release_asked_at timestamptz,  -- an operator wants it tried again
    PRIMARY KEY (tenant, id),
    CONSTRAINT parked_once UNIQUE (tenant, consumer, source, slot, number)
);
CREATE INDEX parked_stream ON log.parked (consumer, source, slot, stream, number);

CREATE TABLE log.inbox (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    outcome text NOT NULL,  -- "answered", or the code of the refusal
    answered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);

CREATE TABLE log.timers (
    tenant text NOT NULL CHECK (tenant <> ''),
    deadline_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    next_at timestamptz NOT NULL,  -- by the machine's clock: not tried before
    note text,                     -- why it is still due
    PRIMARY KEY (tenant, deadline_id)
);

CREATE TABLE log.applied (
    tenant text NOT NULL CHECK (tenant <> ''),
    consumer text NOT NULL,
    source text NOT NULL,
    stream text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, consumer, source, stream)
) WITH (fillfactor = 60);

GRANT SELECT, INSERT, UPDATE, DELETE
    ON log.leases, log.members, log.parked, log.inbox, log.applied, log.timers
    TO fairlead_worker;
GRANT SELECT ON log.applied, log.leases, log.timers TO fairlead_app;
GRANT SELECT ON log.parked TO fairlead_app;
GRANT UPDATE (release_asked_at) ON log.parked TO fairlead_app;
