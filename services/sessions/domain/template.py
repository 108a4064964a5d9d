"""The journey templates that are shipped: four sessions, or one; with prompts and time boxes."""

from itertools import accumulate, pairwise

from shared.events.sessions import AgendaItem, TemplateSession

TEMPLATE = "four_sessions"
FLASH_TEMPLATE = "one_session"  # for two who meet for a few days only
TEMPLATE_VERSION = 1  # a journey keeps the version that it began with
FREE_PLACE = 0  # of a meeting that the template does not ask for


def _session(place: int, code: str, title: str, prompts: dict[str, int]) -> TemplateSession:
    return TemplateSession(
        place=place,
        code=code,
        title=title,
        minutes=sum(prompts.values()),
        prompts=tuple(prompts),
        time_boxes=tuple(prompts.values()),
    )


TRUST_AND_GOALS = _session(
    1,
    "trust_and_goals",
    "Trust and goals",
    {
        "Tell each other how you came to the work you do, and one turn you had not planned.": 12,
        "Agree what stays between the two of you, and what may be told to others.": 8,
        "Mentee: what would have to be different in six months for this to have been worth it?": 15,
        "Turn one hope into a goal: how will you both know it is reached, and by when?": 15,
        "Agree when you meet, how to move a session, and how to say that something is off.": 10,
    },
)
STRENGTHS_AND_GROWTH = _session(
    2,
    "strengths_and_growth_areas",
    "Strengths and growth areas",
    {
        "What has happened since you met, and what did you try?": 8,
        "Mentee: describe work that went well. Mentor: name the strengths you heard.": 15,
        "Which strength does your own function take for granted, that another would pay for?": 10,
        "Compare the self-assessment with what others told you: where do the two differ?": 12,
        "Choose one growth area for the next weeks, and a real task in which to practise it.": 15,
    },
)
SOLUTIONS = _session(
    3,
    "solutions",
    "Solutions",
    {
        "What moved since last time, and what is in the way right now?": 8,
        "Mentee: put the problem that matters most in two sentences. Mentor: only ask.": 12,
        "Find three ways forward, one of them from the mentor's function, before judging any.": 15,
        "Who could help that neither of you has asked yet? Decide who makes the introduction.": 10,
        "Pick one way: the first step, its date, and what you will show as evidence.": 15,
    },
)
REVIEW_AND_FORWARD_PLAN = _session(
    4,
    "review_and_forward_plan",
    "Review and forward plan",
    {
        "Go through goals and milestones one by one: reached, moved, or dropped, and why.": 20,
        "What can each of you do now that you could not at the start? Mentor too.": 15,
        "What will you tell your own functions about how the other one works?": 10,
        "Write the forward plan: the next role or skill, the first step, and who goes along.": 20,
        "Say thank you for one thing in particular, and agree how you stay in touch.": 10,
    },
)
SESSIONS = (TRUST_AND_GOALS, STRENGTHS_AND_GROWTH, SOLUTIONS, REVIEW_AND_FORWARD_PLAN)

ONE_QUESTION = _session(
    1,
    "one_question",
    "One question",
    {
        "Tell each other in a minute what you do, and why you wanted to meet.": 5,
        "Mentee: the one question you bring. Mentor: only ask, until you both see it clearly.": 15,
        "Find two ways forward, and what each would cost to try.": 15,
        "Mentee: the first step, and its date. Mentor: one person or source to go on with.": 10,
    },
)
FLASH_SESSIONS = (ONE_QUESTION,)

FREE_MEETING = _session(
    FREE_PLACE,
    "free_meeting",
    "Free meeting",
    {
        "What is on your mind today, and what would make this half hour a good one?": 5,
        "Look at that one thing together: what is known, what is assumed, what could be tried?": 20,
        "What will each of you do before you meet again?": 5,
    },
)


def agenda(plan: TemplateSession, minutes: int) -> tuple[AgendaItem, ...]:
    """The prompts of a session, their time boxes stretched to fill exactly these minutes."""
    ends = [minutes * end // plan.minutes for end in accumulate(plan.time_boxes, initial=0)]
    boxes = [end - start for start, end in pairwise(ends)]
    return tuple(
        AgendaItem(minutes=box, prompt=prompt)
        for prompt, box in zip(plan.prompts, boxes, strict=True)
    )
