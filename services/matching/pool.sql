-- What enrollment told about people to pair, one row from one stream; names and self-declared groups
-- are not kept here, so no run can look at them.

CREATE TABLE people (
    tenant text NOT NULL,
    person_id uuid NOT NULL,
    function text NOT NULL,
    level text NOT NULL,
    site text NOT NULL,
    time_zone text NOT NULL,
    hired_on date NOT NULL,
    manager_id uuid,                        -- null: none known
    PRIMARY KEY (tenant, person_id)
);

CREATE TABLE profiles (
    tenant text NOT NULL,
    person_id uuid NOT NULL,
    expertise jsonb NOT NULL,
    growth_goals jsonb NOT NULL,
    target_roles jsonb NOT NULL,
    learning_style text,
    work_style text,
    interests jsonb NOT NULL,
    languages jsonb NOT NULL,
    PRIMARY KEY (tenant, person_id)
);

CREATE TABLE accommodations (
    tenant text NOT NULL,
    person_id uuid NOT NULL,
    needs jsonb NOT NULL,                   -- codes
    unavailable jsonb NOT NULL,
    PRIMARY KEY (tenant, person_id)
);

CREATE TABLE capacities (
    tenant text NOT NULL,
    person_id uuid NOT NULL,
    seats integer NOT NULL,
    hours_per_month integer NOT NULL,
    periods jsonb NOT NULL,
    supports jsonb NOT NULL,                -- codes of needs that this mentor can meet
    PRIMARY KEY (tenant, person_id)
);

CREATE TABLE applications (
    tenant text NOT NULL,
    enrollment_id uuid NOT NULL,
    desired_outcomes jsonb NOT NULL,
    PRIMARY KEY (tenant, enrollment_id)
);

CREATE TABLE competencies (
    tenant text NOT NULL,
    competency_id uuid NOT NULL,
    PRIMARY KEY (tenant, competency_id)
);

CREATE TABLE target_roles (
    tenant text NOT NULL,
    role_id uuid NOT NULL,
    competencies jsonb NOT NULL,
    PRIMARY KEY (tenant, role_id)
);

CREATE TABLE governance (
    tenant text NOT NULL,
    program_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL,
    PRIMARY KEY (tenant, program_id, person_id, role)
);

CREATE TABLE cohorts (
    tenant text NOT NULL,
    cohort_id uuid NOT NULL,
    program_id uuid NOT NULL,
    kick_off_at timestamptz NOT NULL,       -- by which cohorts of a program are counted
    close_at timestamptz NOT NULL,
    stage text NOT NULL,
    PRIMARY KEY (tenant, cohort_id)
);
CREATE INDEX cohorts_of_program ON cohorts (tenant, program_id, kick_off_at);
