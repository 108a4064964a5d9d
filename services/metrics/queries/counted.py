"""What is counted for a program, as one statement: every figure sees the same moment."""

# Each part yields code, part (a competency, what feedback is about, or ''), group, numerator,
# denominator, and the people who stand behind them. A pairing counts for its mentee's function.
# $1 program, $2 'function' or 'cohort', $3 the only cohort that counts or null, $4 the time.
_MENTEES = """
SELECT e.*, CASE $2::text WHEN 'cohort' THEN e.cohort_id::text
                          ELSE coalesce(p.function, 'unknown') END AS grp
FROM figures.enrollments e LEFT JOIN figures.people p USING (tenant, person_id)
WHERE e.program_id = $1 AND ($3::uuid IS NULL OR e.cohort_id = $3)
"""
_PAIRS = """
SELECT p.*, CASE $2::text WHEN 'cohort' THEN p.cohort_id::text
                          ELSE coalesce(mentee.function, 'unknown') END AS grp,
       mentor.function AS mentor_function, mentee.function AS mentee_function
FROM figures.pairings p
LEFT JOIN figures.people mentee ON (mentee.tenant, mentee.person_id) = (p.tenant, p.mentee_person)
LEFT JOIN figures.people mentor ON (mentor.tenant, mentor.person_id) = (p.tenant, p.mentor_person)
WHERE p.program_id = $1 AND p.paired_at IS NOT NULL AND ($3::uuid IS NULL OR p.cohort_id = $3)
"""
_HELD = """
SELECT p.tenant, p.pairing_id, count(*) AS held
FROM paired p JOIN figures.sessions s ON (s.tenant, s.pairing_id) = (p.tenant, p.pairing_id)
WHERE s.state = 'held' GROUP BY p.tenant, p.pairing_id
"""
_MET = """
SELECT tenant, mentee AS enrollment_id, nullif(mentor_function, mentee_function) AS other
FROM paired
UNION ALL
SELECT tenant, mentor, nullif(mentee_function, mentor_function) FROM paired
"""
_GROWN = """
SELECT e.grp, e.enrollment_id, b.skills AS skills_before, b.confidence AS confidence_before,
       b.contacts AS contacts_before, a.skills, a.confidence, a.contacts
FROM enrolled e JOIN figures.baselines b USING (tenant, enrollment_id)
CROSS JOIN LATERAL (
    SELECT * FROM figures.self_assessments s
    WHERE (s.tenant, s.enrollment_id) = (e.tenant, e.enrollment_id)
    ORDER BY s.recorded_at DESC, s.version DESC LIMIT 1) a
"""
_PARTS = (
    """
SELECT 'participation', '', grp, count(enrolled_at), count(*), count(*) FROM enrolled GROUP BY grp
""",
    """
SELECT 'matched', '', e.grp,
       count(*) FILTER (WHERE (e.tenant, e.enrollment_id) IN (SELECT tenant, mentee FROM paired)),
       count(*), count(*)
FROM enrolled e WHERE e.part = 'mentee' AND e.enrolled_at IS NOT NULL GROUP BY e.grp
""",
    """
SELECT 'waiting', '', e.grp, count(r.waiting_since), count(*), count(*)
FROM enrolled e LEFT JOIN figures.roster r USING (tenant, enrollment_id)
WHERE e.part = 'mentee' AND e.enrolled_at IS NOT NULL GROUP BY e.grp
""",
    """
SELECT 'cross_functional', '', grp, count(*) FILTER (WHERE cross_functional), count(*), count(*)
FROM paired GROUP BY grp
""",
    """
SELECT 'session_frequency', '', p.grp, coalesce(sum(h.held), 0)::bigint,
       sum(1 + extract(epoch FROM (
           least(coalesce(j.completed_at, j.ended_at, $4), $4) - j.started_at))::bigint
           / 2592000)::bigint, count(*)
FROM paired p JOIN figures.journeys j USING (tenant, pairing_id)
LEFT JOIN held h USING (tenant, pairing_id)
GROUP BY p.grp
""",
    """
SELECT 'journeys_completed', '', p.grp, count(j.completed_at), count(*), count(*)
FROM paired p JOIN figures.journeys j USING (tenant, pairing_id) GROUP BY p.grp
""",
    """
SELECT 'milestone_completion', '', p.grp, count(m.reached_at), count(*),
       count(DISTINCT p.pairing_id)
FROM paired p JOIN figures.milestones m USING (tenant, pairing_id) GROUP BY p.grp
""",
    """
SELECT 'skill_gain', s.key, g.grp,
       sum(s.value::integer - (g.skills_before ->> s.key)::integer)::bigint, count(*), count(*)
FROM grown g CROSS JOIN LATERAL jsonb_each_text(g.skills) s
WHERE g.skills_before ? s.key GROUP BY s.key, g.grp
""",
    """
SELECT 'skill_gain', '', g.grp,
       sum(s.value::integer - (g.skills_before ->> s.key)::integer)::bigint, count(*),
       count(DISTINCT g.enrollment_id)
FROM grown g CROSS JOIN LATERAL jsonb_each_text(g.skills) s
WHERE g.skills_before ? s.key GROUP BY g.grp
""",
    """
SELECT 'confidence_gain', '', grp, sum(confidence - confidence_before)::bigint, count(*), count(*)
FROM grown GROUP BY grp
""",
    """
SELECT 'contacts_gain', '', grp, sum(contacts - contacts_before)::bigint, count(*), count(*)
FROM grown GROUP BY grp
""",
    """
SELECT 'breadth_of_relations', '', e.grp, sum(m.functions)::bigint, count(*), count(*)
FROM enrolled e JOIN (
    SELECT tenant, enrollment_id, count(DISTINCT other) AS functions
    FROM met GROUP BY tenant, enrollment_id) m USING (tenant, enrollment_id)
GROUP BY e.grp
""",
    """
SELECT 'check_in_progress', '', p.grp, sum(c.progress)::bigint, count(*),
       count(DISTINCT p.pairing_id)
FROM paired p JOIN figures.check_ins c USING (tenant, pairing_id) GROUP BY p.grp
""",
    """
SELECT 'feedback', f.about, p.grp, sum(f.rating)::bigint, count(*), count(DISTINCT p.pairing_id)
FROM paired p JOIN figures.feedback f USING (tenant, pairing_id) GROUP BY f.about, p.grp
""",
)
FIGURES = (
    f"WITH enrolled AS MATERIALIZED ({_MENTEES}), paired AS MATERIALIZED ({_PAIRS}), "  # noqa: S608  # no part comes from outside
    f"held AS ({_HELD}), met AS ({_MET}), grown AS MATERIALIZED ({_GROWN}) "
    "SELECT counted.*, c.name AS part_name FROM ("
    + " UNION ALL ".join(_PARTS)
    + ") AS counted(code, part, grp, numerator, denominator, people) "
    "LEFT JOIN figures.competencies c ON c.competency_id::text = counted.part "
    "ORDER BY code, part, grp"
)

# How far each side of the program's pairings came. $1 program.
REACHED = """
SELECT side.tenant, side.enrollment_id, min(q.proposed_at) AS proposed_at,
       min(q.paired_at) AS paired_at, min(q.confirmed_at) AS confirmed_at,
       coalesce(sum(h.held) FILTER (WHERE q.paired_at IS NOT NULL), 0) AS held
FROM figures.pairings q
CROSS JOIN LATERAL (VALUES (q.tenant, q.mentor), (q.tenant, q.mentee)) side(tenant, enrollment_id)
LEFT JOIN (
    SELECT s.tenant, s.pairing_id, count(*) AS held FROM figures.sessions s
    WHERE s.state = 'held' GROUP BY s.tenant, s.pairing_id) h
  ON (h.tenant, h.pairing_id) = (q.tenant, q.pairing_id)
WHERE q.program_id = $1
GROUP BY side.tenant, side.enrollment_id
"""
# $1 program, $2 'mentee' or 'mentor', $3 the dimension. Each step counts some of the step before.
_TAKING_PART = f"""
SELECT e.tenant, e.person_id, bool_or(e.accepted_at IS NOT NULL) AS accepted,
       bool_or(e.enrolled_at IS NOT NULL) AS enrolled,
       bool_or(p.paired_at IS NOT NULL) AS matched, coalesce(sum(p.held), 0) AS held,
       min(e.enrolled_at) AS enrolled_at, min(p.paired_at) AS paired_at,
       bool_and(e.withdrawn_at IS NOT NULL) AS withdrew, max(e.withdrawn_at) AS withdrawn_at
FROM figures.enrollments e
LEFT JOIN ({REACHED}) p USING (tenant, enrollment_id)
WHERE e.program_id = $1 AND e.part = $2
GROUP BY e.tenant, e.person_id
"""  # noqa: S608  # no part comes from outside
_STEPS = f"""
SELECT p.tenant, p.person_id,
       coalesce(CASE $3::text WHEN 'function' THEN p.function WHEN 'level' THEN p.level
                     WHEN 'site' THEN p.site ELSE d.value END, 'unknown') AS grp,
       t.person_id IS NOT NULL AS applied, t.accepted, t.accepted AND t.enrolled AS enrolled,
       t.accepted AND t.enrolled AND t.matched AS matched,
       CASE WHEN t.accepted AND t.enrolled AND t.matched THEN t.held ELSE 0 END AS held,
       t.enrolled_at, t.paired_at, t.withdrew, t.withdrawn_at
FROM figures.people p
LEFT JOIN ({_TAKING_PART}) t USING (tenant, person_id)
LEFT JOIN vault.declarations d ON (d.tenant, d.person_id, d.dimension) = (p.tenant, p.person_id, $3)
WHERE p.left_at IS NULL OR t.person_id IS NOT NULL
"""  # noqa: S608  # no part comes from outside

ACCESS = f"""
SELECT grp, count(*) AS people, count(*) FILTER (WHERE applied) AS applied,
       count(*) FILTER (WHERE accepted) AS accepted, count(*) FILTER (WHERE enrolled) AS enrolled,
       count(*) FILTER (WHERE matched) AS matched, count(*) FILTER (WHERE held > 0) AS met,
       sum(held)::bigint AS held
FROM ({_STEPS}) s GROUP BY grp ORDER BY grp
"""  # noqa: S608  # no part comes from outside

WAITS = f"""
SELECT grp, matched, greatest(0, extract(epoch FROM (
           CASE WHEN matched THEN paired_at WHEN withdrew THEN withdrawn_at ELSE $4 END
           - enrolled_at))::bigint / 86400) AS days, count(*) AS people
FROM ({_STEPS}) s WHERE enrolled GROUP BY grp, matched, days
"""  # noqa: S608  # no part comes from outside
