-- What sessions shows; made from its own events alone, and may be dropped and made again.

CREATE TABLE journeys (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    mentor uuid NOT NULL,
    mentee uuid NOT NULL,
    mentor_person uuid NOT NULL,
    mentee_person uuid NOT NULL,
    template text NOT NULL,
    template_version integer NOT NULL,
    plan jsonb NOT NULL,                  -- the template's sessions as they were at the start
    phase text NOT NULL,
    every_days integer NOT NULL DEFAULT 0,
    review_every_days integer NOT NULL DEFAULT 0,
    next_session_by timestamptz,
    next_review_by timestamptz,
    sessions_held integer NOT NULL DEFAULT 0,
    sessions_missed integer NOT NULL DEFAULT 0,
    cadence_missed integer NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL,
    over_at timestamptz,
    end_reason text,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, pairing_id)
);
CREATE INDEX ON journeys (tenant, program_id, started_at DESC, pairing_id DESC);
CREATE INDEX ON journeys (tenant, mentor_person);
CREATE INDEX ON journeys (tenant, mentee_person);

CREATE TABLE sessions (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    session_id uuid NOT NULL,
    place integer NOT NULL,
    starts_at timestamptz NOT NULL,
    minutes integer NOT NULL,
    status text NOT NULL,
    absent text,
    moves integer NOT NULL DEFAULT 0,
    planned_by text NOT NULL,
    planned_at timestamptz NOT NULL,
    told_by text,                         -- who said that it was held, missed or cancelled
    told_at timestamptz,
    agenda jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (tenant, pairing_id, session_id)
);
CREATE INDEX ON sessions (tenant, pairing_id, starts_at, session_id);

CREATE TABLE reflections (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    session_id uuid NOT NULL,
    part text NOT NULL,
    visibility text NOT NULL,
    usefulness integer NOT NULL,
    sealed jsonb,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, pairing_id, session_id, part)
);

CREATE TABLE check_ins (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    check_in_id uuid NOT NULL,
    part text NOT NULL,
    progress integer NOT NULL,
    sealed jsonb,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, pairing_id, check_in_id)
);

CREATE TABLE roadblocks (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    check_in_id uuid NOT NULL,
    code text NOT NULL,
    sealed jsonb,
    PRIMARY KEY (tenant, pairing_id, check_in_id, code)
);

CREATE TABLE feedback (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    feedback_id uuid NOT NULL,
    part text NOT NULL,
    about text NOT NULL,
    session_id uuid,
    rating integer NOT NULL,
    sealed jsonb,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, pairing_id, feedback_id)
);

CREATE TABLE self_assessments (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    assessment_id uuid NOT NULL,          -- the id of its event
    skills jsonb NOT NULL,
    confidence integer NOT NULL,
    cross_functional_contacts integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, pairing_id, assessment_id)
);

CREATE TABLE goals (
    tenant text NOT NULL,
    goal_id uuid NOT NULL,
    pairing_id uuid NOT NULL,
    joint boolean NOT NULL,
    sealed jsonb NOT NULL,
    measure jsonb,                        -- a joint objective has none
    priority text,                        -- of a joint objective
    due_on date NOT NULL,
    status text NOT NULL,
    reached integer,
    drop_reason text,
    set_at timestamptz NOT NULL,
    closed_at timestamptz,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, goal_id)
);
CREATE INDEX ON goals (tenant, pairing_id, set_at, goal_id);

CREATE TABLE roadmaps (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    proposal integer NOT NULL,            -- counts what was put forward, from 1
    milestones jsonb NOT NULL,            -- titles sealed
    check_in_dates jsonb NOT NULL,
    sealed jsonb,                         -- expectations
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    mentor_approved_at timestamptz,
    mentee_approved_at timestamptz,
    accepted_at timestamptz,
    version bigint NOT NULL,
    PRIMARY KEY (tenant, pairing_id, proposal)
);

CREATE TABLE milestones (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    milestone_id uuid NOT NULL,
    due_on date NOT NULL,
    project boolean NOT NULL,
    agreed_at timestamptz NOT NULL,
    on_time boolean,
    reached_at timestamptz,
    PRIMARY KEY (tenant, pairing_id, milestone_id)
);

CREATE TABLE evidence (                   -- apart: it stays when a milestone gets another date
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    milestone_id uuid NOT NULL,
    deliverable jsonb NOT NULL,
    link jsonb,
    submitted_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, pairing_id, milestone_id)
);

CREATE TABLE reminders (
    tenant text NOT NULL,
    person_id uuid NOT NULL,
    reminder_id uuid NOT NULL,
    pairing_id uuid NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    due_at timestamptz NOT NULL,
    issued_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, person_id, reminder_id)
);
CREATE INDEX ON reminders (tenant, person_id, issued_at DESC, reminder_id DESC);

CREATE TABLE deadlines (
    tenant text NOT NULL,
    deadline_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,                -- the pairing, or the goal
    payload jsonb NOT NULL,
    PRIMARY KEY (tenant, deadline_id)
);
CREATE INDEX ON deadlines (due_at);
CREATE INDEX ON deadlines (tenant, subject);
