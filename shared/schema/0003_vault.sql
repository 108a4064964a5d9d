-- Personal data, outside the log so that it can be erased; keys, so that sealed text can be.

CREATE SCHEMA vault;
GRANT USAGE ON SCHEMA vault TO fairlead_app, fairlead_worker;

CREATE TABLE vault.identity (
    tenant text NOT NULL CHECK (tenant <> ''),
    person_id uuid NOT NULL,
    source text NOT NULL,  -- the HR system or file that named the person
    employee_number text NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    work_email text NOT NULL,
    content_hash text NOT NULL,  -- of the row as imported: the same row again changes nothing
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, person_id),
    CONSTRAINT identity_employee_number UNIQUE (tenant, source, employee_number)
);
CREATE INDEX identity_work_email ON vault.identity (tenant, lower(work_email));

CREATE TABLE vault.subject_keys (
    tenant text NOT NULL CHECK (tenant <> ''),
    subject text NOT NULL,
    purpose text NOT NULL,
    wrapped_key bytea,
    commitment text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    destroyed_at timestamptz,
    PRIMARY KEY (tenant, subject, purpose),
    CONSTRAINT destroyed_keys_are_gone CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE TABLE vault.declarations (
    tenant text NOT NULL CHECK (tenant <> ''),
    person_id uuid NOT NULL,
    dimension text NOT NULL,
    value text NOT NULL,
    consented_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, person_id, dimension)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA vault
    TO fairlead_app, fairlead_worker;
