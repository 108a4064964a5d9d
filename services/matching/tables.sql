-- What matching answers from, one row from one stream; may be dropped and rebuilt from its events.

CREATE TABLE policies (
    tenant text NOT NULL,
    program_id uuid NOT NULL,
    version integer NOT NULL,
    terms jsonb NOT NULL,                   -- all that a run or a pairing asks of it
    author uuid NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, program_id, version)
);

CREATE TABLE rosters (
    tenant text NOT NULL,
    enrollment_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    person_id uuid NOT NULL,
    part text NOT NULL,
    seats integer NOT NULL,
    declared integer NOT NULL,              -- seats wished for; lower while too many are taken
    taken integer NOT NULL DEFAULT 0,
    listed boolean NOT NULL,
    seeking boolean NOT NULL,               -- wants a partner in the next run
    priority boolean NOT NULL DEFAULT false, -- let down by a partner
    waiting_since timestamptz NOT NULL,
    waiting_reason text,                    -- null: not on the waiting list
    version integer NOT NULL,
    PRIMARY KEY (tenant, enrollment_id)
);
CREATE INDEX rosters_of_cohort ON rosters (tenant, cohort_id, part);
CREATE INDEX rosters_of_program ON rosters (tenant, program_id, part);
CREATE INDEX rosters_of_person ON rosters (tenant, person_id);

CREATE TABLE runs (
    tenant text NOT NULL,
    run_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    policy_version integer NOT NULL,
    state text NOT NULL,
    requested_by uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    finished_at timestamptz,
    input_digest text,
    result_digest text,
    mentees integer,
    mentors integer,
    seats integer,
    pairs integer,
    unserved integer,
    total_score bigint,
    cross_functional_pairs integer,
    reason text,                            -- why it failed or was discarded
    published_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (tenant, run_id)
);
CREATE INDEX runs_of_program ON runs (tenant, program_id, requested_at);

CREATE TABLE run_pairs (
    tenant text NOT NULL,
    run_id uuid NOT NULL,
    mentee uuid NOT NULL,
    mentor uuid NOT NULL,
    score integer NOT NULL,
    components jsonb NOT NULL,
    cross_functional boolean NOT NULL,
    PRIMARY KEY (tenant, run_id, mentee)
);

CREATE TABLE run_unserved (
    tenant text NOT NULL,
    run_id uuid NOT NULL,
    mentee uuid NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (tenant, run_id, mentee)
);

CREATE TABLE pairings (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    mentor uuid NOT NULL,
    mentee uuid NOT NULL,
    mentor_person uuid NOT NULL,
    mentee_person uuid NOT NULL,
    run_id uuid,                            -- null: paired by hand
    score integer NOT NULL,
    cross_functional boolean NOT NULL,
    format text NOT NULL DEFAULT 'one_to_one',
    state text NOT NULL,
    mentor_accepted boolean NOT NULL DEFAULT false,
    mentee_accepted boolean NOT NULL DEFAULT false,
    mentor_confirmed boolean NOT NULL DEFAULT false,
    mentee_confirmed boolean NOT NULL DEFAULT false,
    proposed_at timestamptz NOT NULL,
    answer_by timestamptz NOT NULL,
    trial_days integer NOT NULL,
    paired_at timestamptz,
    trial_ends_at timestamptz,
    confirmed_at timestamptz,
    closed_at timestamptz,
    end_reason text,
    ended_in_trial boolean,
    version integer NOT NULL,
    PRIMARY KEY (tenant, pairing_id)
);
CREATE INDEX pairings_of_program ON pairings (tenant, program_id, proposed_at);
CREATE INDEX pairings_of_mentor ON pairings (tenant, mentor_person);
CREATE INDEX pairings_of_mentee ON pairings (tenant, mentee_person);
CREATE INDEX pairings_of_run ON pairings (tenant, run_id);

CREATE TABLE deadlines (
    tenant text NOT NULL,
    deadline_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    payload jsonb NOT NULL,
    PRIMARY KEY (tenant, deadline_id)
);
CREATE INDEX deadlines_due ON deadlines (due_at);
