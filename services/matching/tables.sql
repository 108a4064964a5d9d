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
    listed_at timestamptz NOT NULL,
    seats_limit integer,                    -- null: as many as declared
    paused boolean NOT NULL DEFAULT false,  -- takes nobody new
    paused_until timestamptz,
    away_from timestamptz,
    away_until timestamptz,
    orphan_step text,                       -- the last step since a partner left; null: none did
    orphan_since timestamptz,
    orphan_next_at timestamptz,
    back_since timestamptz,                 -- after the last break; null: there was none
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
    worst_score integer,                    -- null: no pair
    reason text,                            -- why it failed or was discarded
    rules jsonb,                            -- what forbade the pairs of a failed run
    published_at timestamptz,
    published_by uuid,
    told_at timestamptz,                    -- when everybody in it had been told
    proposed integer,
    waitlisted integer,
    left_out jsonb,
    what_if boolean NOT NULL DEFAULT false,
    objective text,
    request jsonb,                          -- as it was asked; null: rejected
    overrides integer NOT NULL DEFAULT 0,
    lottery_commitment text,
    lottery_seed text,                      -- null until it is drawn
    is_unique boolean,
    as_of jsonb,
    record_digest text,                     -- null: no record was kept
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

-- What a manager changed by hand; run_pairs and run_unserved stay as the run found them.
CREATE TABLE run_overrides (
    tenant text NOT NULL,
    run_id uuid NOT NULL,
    mentee uuid NOT NULL,
    mentor uuid,                            -- null: without one
    score integer,
    components jsonb,
    cross_functional boolean,
    overridden_by uuid NOT NULL,
    reason jsonb NOT NULL,                  -- sealed
    at timestamptz NOT NULL,
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
    approvals jsonb NOT NULL DEFAULT '["mentor", "mentee"]',
    approvals_in_order boolean NOT NULL DEFAULT false,
    approved boolean NOT NULL DEFAULT false, -- by a manager
    offered boolean NOT NULL DEFAULT false, -- to the first on the waiting list
    ends_at timestamptz,                    -- null: no end is set
    paused_at timestamptz,                  -- null: it runs
    review_at timestamptz,                  -- when the next review comes due
    review_open boolean NOT NULL DEFAULT false,
    closed_by text,                         -- "mentor", "mentee", "manager"; null: nobody by hand
    closed_by_manager uuid,
    next_pairing uuid,                      -- where the mentee moved on to
    on_record text,                         -- after a rotation: "continuing" or "ended"
    continuing boolean NOT NULL DEFAULT false, -- both want the same partner in the next cycle
    last_met_at timestamptz,                -- when sessions last told of a session; null: never
    silent_since timestamptz,               -- null: they meet, or nobody looks
    silent_misses integer,
    silence_step text,                      -- the last one taken
    silence_next_step text,
    silence_next_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (tenant, pairing_id)
);
CREATE INDEX pairings_of_program ON pairings (tenant, program_id, proposed_at);
CREATE INDEX pairings_of_mentor ON pairings (tenant, mentor_person);
CREATE INDEX pairings_of_mentee ON pairings (tenant, mentee_person);
CREATE INDEX pairings_silent ON pairings (tenant, program_id) WHERE silent_since IS NOT NULL;
CREATE INDEX pairings_of_run ON pairings (tenant, run_id);
CREATE INDEX pairings_of_cohort ON pairings (tenant, cohort_id, mentor);

CREATE TABLE reviews (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    review integer NOT NULL,
    due_at timestamptz NOT NULL,
    outcome text,                           -- null: nobody answered
    adjustments jsonb,
    answered_by text,
    answered_at timestamptz,
    PRIMARY KEY (tenant, pairing_id, review)
);

CREATE TABLE escalations (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    escalation integer NOT NULL,
    settled_by uuid NOT NULL,               -- who has to
    ground text NOT NULL,
    raised_by text NOT NULL,
    state text NOT NULL,                    -- "open", "overdue", "resolved"
    raised_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    outcome text,
    resolved_at timestamptz,
    text jsonb,                             -- sealed
    PRIMARY KEY (tenant, pairing_id, escalation)
);
CREATE INDEX escalations_of_person ON escalations (tenant, settled_by);

CREATE TABLE exit_surveys (
    tenant text NOT NULL,
    pairing_id uuid NOT NULL,
    part text NOT NULL,
    reason text NOT NULL,
    answers jsonb NOT NULL,
    answered_at timestamptz NOT NULL,
    text jsonb,                             -- sealed
    PRIMARY KEY (tenant, pairing_id, part)
);

CREATE TABLE freed_seats (
    tenant text NOT NULL,
    enrollment_id uuid NOT NULL,
    pairing_id uuid NOT NULL,
    freed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, enrollment_id, pairing_id)
);

CREATE TABLE cohort_ends (
    tenant text NOT NULL,
    cohort_id uuid NOT NULL,
    begun_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, cohort_id)
);

CREATE TABLE loads (
    tenant text NOT NULL,
    person_id uuid NOT NULL,
    seats integer,                          -- declared, all programs together; null: nothing was
    hours integer,                          -- a month, declared
    seats_taken integer NOT NULL DEFAULT 0,
    hours_taken integer NOT NULL DEFAULT 0,
    circles integer NOT NULL DEFAULT 0,     -- open ones, all programs together
    overloaded boolean NOT NULL DEFAULT false,
    overloaded_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (tenant, person_id)
);

CREATE TABLE load_entries (
    tenant text NOT NULL,
    person_id uuid NOT NULL,
    pairing_id uuid NOT NULL,
    program_id uuid NOT NULL,
    part text NOT NULL,
    hours integer NOT NULL,
    PRIMARY KEY (tenant, person_id, pairing_id)
);

CREATE TABLE notices (
    tenant text NOT NULL,
    notice_id uuid NOT NULL,
    enrollment_id uuid,                     -- null: whoever is in the pairing
    pairing_id uuid,
    part text,                              -- null: both sides of it
    for_managers boolean NOT NULL DEFAULT false, -- of the program too
    request_id uuid,                        -- null: it is about no request
    kind text NOT NULL,
    due_at timestamptz,                     -- until when something can be done about it
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, notice_id)
);
CREATE INDEX notices_of_enrollment ON notices (tenant, enrollment_id, at);
CREATE INDEX notices_of_pairing ON notices (tenant, pairing_id, at);
CREATE INDEX notices_for_managers ON notices (tenant, pairing_id) WHERE for_managers;

CREATE TABLE appeals (
    tenant text NOT NULL,
    appeal_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    enrollment_id uuid NOT NULL,
    person_id uuid NOT NULL,
    subject text NOT NULL,
    about uuid NOT NULL,
    ground text NOT NULL,
    involved jsonb NOT NULL,                -- persons who may not decide
    state text NOT NULL,                    -- "open", "overdue", "decided", "withdrawn"
    filed_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    outcome text,
    decided_by uuid,
    decided_at timestamptz,
    text jsonb,                             -- sealed
    decision_text jsonb,                    -- sealed
    version integer NOT NULL,
    PRIMARY KEY (tenant, appeal_id)
);
CREATE INDEX appeals_of_program ON appeals (tenant, program_id, filed_at);
CREATE INDEX appeals_of_person ON appeals (tenant, person_id, filed_at);

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

CREATE TABLE requests (
    tenant text NOT NULL,
    request_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    asker uuid NOT NULL,
    asker_person uuid NOT NULL,
    part text NOT NULL,                     -- of who asks
    format text NOT NULL,
    state text NOT NULL,
    asked uuid,                             -- null: nobody at present
    answer_by timestamptz,
    reason text,                            -- why it is over without a pairing
    pairing_id uuid,
    message jsonb,                          -- sealed
    made_at timestamptz NOT NULL,
    closed_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (tenant, request_id)
);
CREATE INDEX requests_of_asker ON requests (tenant, asker, made_at);
CREATE INDEX requests_of_cohort ON requests (tenant, cohort_id, made_at);
CREATE INDEX requests_at_asked ON requests (tenant, asked) WHERE state = 'open';

CREATE TABLE request_choices (
    tenant text NOT NULL,
    request_id uuid NOT NULL,
    enrollment_id uuid NOT NULL,
    person_id uuid NOT NULL,
    place integer NOT NULL,                 -- 1 is asked first
    state text NOT NULL,
    reason text,
    asked_at timestamptz,                   -- null: it was never their turn
    answer_by timestamptz,
    answered_at timestamptz,
    PRIMARY KEY (tenant, request_id, enrollment_id)
);
CREATE INDEX request_choices_of ON request_choices (tenant, enrollment_id, asked_at);

CREATE TABLE shortlists (
    tenant text NOT NULL,
    enrollment_id uuid NOT NULL,
    partner uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, enrollment_id, partner)
);

-- Private: read by matching, and by who declared them.
CREATE TABLE bars (
    tenant text NOT NULL,
    person_id uuid NOT NULL,
    bar_id uuid NOT NULL,
    target jsonb NOT NULL,                  -- sealed
    declared_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, person_id, bar_id)
);

-- Private: read by matching, and by the managers of the program.
CREATE TABLE barred_pairs (
    tenant text NOT NULL,
    program_id uuid NOT NULL,
    bar_id uuid NOT NULL,
    people jsonb NOT NULL,                  -- sealed
    barred_by uuid NOT NULL,
    reason jsonb NOT NULL,                  -- sealed
    barred_at timestamptz NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (tenant, program_id, bar_id)
);

CREATE TABLE circles (
    tenant text NOT NULL,
    circle_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    size_min integer NOT NULL,
    size_max integer NOT NULL,
    functions_min integer NOT NULL,
    formed_at timestamptz NOT NULL,
    closed_at timestamptz,                  -- null: it meets
    reason text,
    version integer NOT NULL,
    PRIMARY KEY (tenant, circle_id)
);
CREATE INDEX circles_of_cohort ON circles (tenant, cohort_id, formed_at);

CREATE TABLE circle_members (
    tenant text NOT NULL,
    circle_id uuid NOT NULL,
    enrollment_id uuid NOT NULL,
    person_id uuid NOT NULL,
    function text NOT NULL,
    PRIMARY KEY (tenant, circle_id, enrollment_id)
);
CREATE INDEX circle_members_of ON circle_members (tenant, enrollment_id);

CREATE TABLE groups (
    tenant text NOT NULL,
    group_id uuid NOT NULL,
    program_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    mentor uuid NOT NULL,
    mentor_person uuid NOT NULL,
    size_max integer NOT NULL,
    formed_at timestamptz NOT NULL,
    closed_at timestamptz,                  -- null: it takes people
    version integer NOT NULL,
    PRIMARY KEY (tenant, group_id)
);
CREATE INDEX groups_of_cohort ON groups (tenant, cohort_id, formed_at);

CREATE TABLE group_members (
    tenant text NOT NULL,
    group_id uuid NOT NULL,
    mentee uuid NOT NULL,
    mentee_person uuid NOT NULL,
    pairing_id uuid NOT NULL,
    PRIMARY KEY (tenant, group_id, mentee)
);
CREATE INDEX group_members_by_pairing ON group_members (tenant, pairing_id);

CREATE TABLE roulette_players (
    tenant text NOT NULL,
    cohort_id uuid NOT NULL,
    enrollment_id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, cohort_id, enrollment_id)
);

CREATE TABLE roulette_draws (
    tenant text NOT NULL,
    draw_id uuid NOT NULL,
    cohort_id uuid NOT NULL,
    seed text NOT NULL,
    players jsonb NOT NULL,
    pairs jsonb NOT NULL,
    drawn_by uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant, draw_id)
);
CREATE INDEX roulette_draws_of_cohort ON roulette_draws (tenant, cohort_id, at);

CREATE TABLE sponsorships (
    tenant text NOT NULL,
    enrollment_id uuid NOT NULL,
    sponsor uuid NOT NULL,
    program_id uuid NOT NULL,
    linked_by uuid NOT NULL,
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, enrollment_id, sponsor)
);
CREATE INDEX sponsorships_of_sponsor ON sponsorships (tenant, sponsor, linked_at);

CREATE TABLE introductions (
    tenant text NOT NULL,
    introduction_id uuid NOT NULL,
    enrollment_id uuid NOT NULL,
    program_id uuid NOT NULL,
    expert uuid,
    community text,
    competency_id uuid,
    introduced_by uuid NOT NULL,
    introduced_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, introduction_id)
);
CREATE INDEX introductions_of ON introductions (tenant, enrollment_id, introduced_at);
