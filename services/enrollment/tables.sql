-- What enrollment can be asked; each row comes from one stream, and all of it from events.

CREATE TABLE programs (
    tenant text NOT NULL,
    program_id uuid NOT NULL,
    name text NOT NULL,
    status text NOT NULL,        -- draft, open, closed
    charter jsonb,               -- version, objectives, expected_hours_per_month, escalation_path
    eligibility jsonb,           -- version, rules
    rubric jsonb,                -- version, criteria, accept_from
    training jsonb,              -- modules, required
    created_at timestamptz NOT NULL,
    opened_at timestamptz,
    closed_at timestamptz,
    closing_reason text,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, program_id)
);

CREATE TABLE governance (
    tenant text NOT NULL,
    program_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL,
    function text NOT NULL,
    decision_rights jsonb NOT NULL,
    assigned_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, program_id, person_id, role)
);

CREATE TABLE agreements (
    tenant text NOT NULL,
    program_id uuid NOT NULL,
    part text NOT NULL,
    agreement_version integer NOT NULL,
    text text NOT NULL,
    hours_per_month integer NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, program_id, part, agreement_version)
);

CREATE TABLE cohorts (
    tenant text NOT NULL,
    cohort_id uuid NOT NULL,
    program_id uuid NOT NULL,
    name text NOT NULL,
    stage text NOT NULL,
    calendar jsonb NOT NULL,
    scheduled_at timestamptz NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, cohort_id)
);
CREATE INDEX cohorts_of_program ON cohorts (tenant, program_id);

CREATE TABLE deadlines (
    tenant text NOT NULL,
    deadline_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant, deadline_id)
);
CREATE INDEX deadlines_due ON deadlines (due_at);

CREATE TABLE competencies (
    tenant text NOT NULL,
    competency_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    category text NOT NULL,
    description text NOT NULL,
    retired boolean NOT NULL DEFAULT false,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, competency_id)
);
CREATE INDEX competencies_by_code ON competencies (tenant, code);

CREATE TABLE target_roles (
    tenant text NOT NULL,
    role_id uuid NOT NULL,
    code text NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    competencies jsonb NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, role_id)
);
CREATE INDEX target_roles_by_code ON target_roles (tenant, code);

CREATE TABLE people (
    tenant text NOT NULL,
    person_id uuid NOT NULL,
    function text NOT NULL,
    level text NOT NULL,
    site text NOT NULL,
    time_zone text NOT NULL,
    hired_on date NOT NULL,
    manager_id uuid,
    standing text NOT NULL,      -- active, left, erased
    version bigint NOT NULL,
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
    updated_at timestamptz NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, person_id)
);

CREATE TABLE accommodations (
    tenant text NOT NULL,
    person_id uuid NOT NULL,
    remote_only boolean NOT NULL,
    needs jsonb NOT NULL,
    unavailable jsonb NOT NULL,
    note jsonb,                  -- sealed
    declared_at timestamptz NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, person_id)
);

CREATE TABLE capacities (
    tenant text NOT NULL,
    person_id uuid NOT NULL,
    seats integer NOT NULL,
    hours_per_month integer NOT NULL,
    periods jsonb NOT NULL,
    supports jsonb NOT NULL,
    declared_at timestamptz NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, person_id)
);

CREATE TABLE protected_times (
    tenant text NOT NULL,
    person_id uuid NOT NULL,
    hours_per_month integer NOT NULL,
    granted_by uuid NOT NULL,
    granted_at timestamptz NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, person_id)
);

CREATE TABLE enrollments (
    tenant text NOT NULL,
    enrollment_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    person_id uuid NOT NULL,
    part text NOT NULL,
    stage text NOT NULL,         -- submitted, declined, admitted, enrolled, withdrawn, graduated
    submitted_at timestamptz NOT NULL,
    desired_outcomes jsonb NOT NULL,
    challenges jsonb,            -- sealed
    motivation jsonb,            -- sealed
    eligibility jsonb,           -- rules_version, eligible, results
    assessment jsonb,            -- rubric_version, scores, total
    decision jsonb,              -- reason (a code), decided_by, queued_days, decided_at
    reason jsonb,                -- sealed: a manager's own words about a mentor candidate
    opted_in_at timestamptz,
    agreement_version integer,
    baseline jsonb,              -- skills, confidence, cross_functional_contacts, at
    enrolled_at timestamptz,
    withdrew_at timestamptz,
    withdrawal_reason text,
    graduated_at timestamptz,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, enrollment_id)
);
CREATE INDEX enrollments_of_cohort ON enrollments (tenant, cohort_id, part, stage);
CREATE INDEX enrollments_of_person ON enrollments (tenant, person_id);

CREATE TABLE trainings (
    tenant text NOT NULL,
    enrollment_id uuid NOT NULL,
    module text NOT NULL,
    required boolean NOT NULL,
    assigned_at timestamptz NOT NULL,
    completed_at timestamptz,
    PRIMARY KEY (tenant, enrollment_id, module)
);
