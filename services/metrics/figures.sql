-- What the others told, one row from one stream; may be dropped and rebuilt from their events.

CREATE TABLE people (
    tenant text NOT NULL,
    person_id uuid NOT NULL,
    function text,          -- null once the person is erased: counted as unknown
    level text,
    site text,
    left_at timestamptz,
    erased_at timestamptz,
    PRIMARY KEY (tenant, person_id)
);

CREATE TABLE competencies (
    tenant text NOT NULL,
    competency_id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (tenant, competency_id)
);

CREATE TABLE programs (
    tenant text NOT NULL,
    program_id uuid NOT NULL,
    name text NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (tenant, program_id)
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
    name text NOT NULL,
    stage text NOT NULL,
    kick_off_at timestamptz NOT NULL,
    close_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, cohort_id)
);
CREATE INDEX cohorts_of_program ON cohorts (tenant, program_id);

CREATE TABLE enrollments (
    tenant text NOT NULL,
    enrollment_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    person_id uuid NOT NULL,
    part text NOT NULL,
    applied_at timestamptz NOT NULL,
    eligible boolean,
    assessed_at timestamptz,
    accepted_at timestamptz,
    declined_at timestamptz,
    decline_reason text,
    enrolled_at timestamptz,
    withdrawn_at timestamptz,
    graduated_at timestamptz,
    PRIMARY KEY (tenant, enrollment_id)
);
CREATE INDEX enrollments_of_program ON enrollments (tenant, program_id, cohort_id);
CREATE INDEX enrollments_of_person ON enrollments (tenant, person_id);

CREATE TABLE baselines (
    tenant text NOT NULL,
    enrollment_id uuid NOT NULL,
    skills jsonb NOT NULL,  -- competency id to level
    confidence integer NOT NULL,
    contacts integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, enrollment_id)
);

CREATE TABLE roster (
    tenant text NOT NULL,
    enrollment_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    person_id uuid NOT NULL,
    part text NOT NULL,
    seats integer NOT NULL,
    listed_at timestamptz NOT NULL,
    waiting_since timestamptz,
    waiting_reason text,
    priority boolean NOT NULL DEFAULT false,
    delisted_at timestamptz,
    PRIMARY KEY (tenant, enrollment_id)
);
CREATE INDEX roster_of_program ON roster (tenant, program_id, cohort_id);

CREATE TABLE seats (
    tenant text NOT NULL,
    enrollment_id uuid NOT NULL,
    pairing_id uuid NOT NULL,
    reserved_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, enrollment_id, pairing_id)
);

CREATE TABLE runs (
    tenant text NOT NULL,
    run_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    state text NOT NULL,
    requested_at timestamptz NOT NULL,
    mentees integer,
    mentors integer,
    seats integer,
    pairs integer,
    unserved integer,
    cross_functional_pairs integer,
    PRIMARY KEY (tenant, run_id)
);
CREATE INDEX runs_of_program ON runs (tenant, program_id, requested_at);

CREATE TABLE pairings (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    mentor uuid NOT NULL,
    mentee uuid NOT NULL,
    mentor_person uuid NOT NULL,
    mentee_person uuid NOT NULL,
    run_id uuid,
    score integer NOT NULL,
    cross_functional boolean NOT NULL,
    state text NOT NULL,
    proposed_at timestamptz NOT NULL,
    answer_by timestamptz NOT NULL,
    paired_at timestamptz,
    trial_ends_at timestamptz,
    confirmed_at timestamptz,
    ended_at timestamptz,
    end_reason text,
    in_trial boolean,
    PRIMARY KEY (tenant, pairing_id)
);
CREATE INDEX pairings_of_program ON pairings (tenant, program_id, cohort_id);
CREATE INDEX pairings_of_mentee ON pairings (tenant, mentee);

CREATE TABLE journeys (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    mentor uuid NOT NULL,
    mentee uuid NOT NULL,
    mentor_person uuid NOT NULL,
    mentee_person uuid NOT NULL,
    planned_sessions integer NOT NULL,
    started_at timestamptz NOT NULL,
    next_session_by timestamptz,
    completed_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (tenant, pairing_id)
);
CREATE INDEX journeys_of_program ON journeys (tenant, program_id, cohort_id);

CREATE TABLE sessions (
    tenant text NOT NULL,
    session_id uuid NOT NULL,
    pairing_id uuid NOT NULL,
    place integer NOT NULL,
    state text NOT NULL,
    starts_at timestamptz NOT NULL,
    minutes integer NOT NULL,
    held_at timestamptz,
    PRIMARY KEY (tenant, session_id)
);
CREATE INDEX sessions_of_pairing ON sessions (tenant, pairing_id);

CREATE TABLE cadence_misses (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, pairing_id, due_at)
);

CREATE TABLE reflections (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    session_id uuid NOT NULL,
    by_part text NOT NULL,
    usefulness integer NOT NULL,
    PRIMARY KEY (tenant, pairing_id, session_id, by_part)
);

CREATE TABLE check_ins (
    tenant text NOT NULL,
    check_in_id uuid NOT NULL,
    pairing_id uuid NOT NULL,
    by_part text NOT NULL,
    progress integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, check_in_id)
);
CREATE INDEX check_ins_of_pairing ON check_ins (tenant, pairing_id);

CREATE TABLE roadblocks (
    tenant text NOT NULL,
    check_in_id uuid NOT NULL,
    code text NOT NULL,
    pairing_id uuid NOT NULL,
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, check_in_id, code)
);
CREATE INDEX roadblocks_of_pairing ON roadblocks (tenant, pairing_id);

CREATE TABLE feedback (
    tenant text NOT NULL,
    feedback_id uuid NOT NULL,
    pairing_id uuid NOT NULL,
    by_part text NOT NULL,
    about text NOT NULL,
    rating integer NOT NULL,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, feedback_id)
);
CREATE INDEX feedback_of_pairing ON feedback (tenant, pairing_id);

CREATE TABLE self_assessments (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    version integer NOT NULL,  -- of the journey, so that the last one is the highest
    enrollment_id uuid NOT NULL,
    skills jsonb NOT NULL,     -- competency id to level
    confidence integer NOT NULL,
    contacts integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, pairing_id, version)
);
CREATE INDEX self_assessments_of_enrollment ON self_assessments (tenant, enrollment_id);

CREATE TABLE milestones (
    tenant text NOT NULL,
    milestone_id uuid NOT NULL,
    pairing_id uuid NOT NULL,
    mentee uuid NOT NULL,
    due_on date NOT NULL,
    project boolean NOT NULL,
    evidence_at timestamptz,
    reached_at timestamptz,
    on_time boolean,
    PRIMARY KEY (tenant, milestone_id)
);
CREATE INDEX milestones_of_pairing ON milestones (tenant, pairing_id);

CREATE TABLE goals (
    tenant text NOT NULL,
    goal_id uuid NOT NULL,
    pairing_id uuid NOT NULL,
    joint boolean NOT NULL,
    due_on date NOT NULL,
    set_at timestamptz NOT NULL,
    achieved_at timestamptz,
    dropped_at timestamptz,
    PRIMARY KEY (tenant, goal_id)
);
CREATE INDEX goals_of_pairing ON goals (tenant, pairing_id);

CREATE TABLE feed (
    tenant text NOT NULL,
    service text NOT NULL,
    slot integer NOT NULL,
    number bigint NOT NULL,   -- gapless in its slot of its service: a place that never changes
    event_id uuid NOT NULL,
    type text NOT NULL,
    stream text NOT NULL,
    version integer NOT NULL,
    program_id uuid,          -- where the event says so itself; else the subject's row knows
    subject uuid NOT NULL,    -- where to look the program up, then
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, service, slot, number)
);
