"""Who of a company takes part in the story, what they say of themselves, and how they behave."""

from collections.abc import Sequence
from random import Random
from typing import Any

from shared.cli.demo.population import FIRST_DAY, Employee, Size, company_facts, seats_of
from shared.frozen import frozen

SENIOR_LEVELS = ("l4", "l5", "l6", "l7")
TENURE_DAYS_MIN = 100  # comfortably above the program's three months


@frozen
class Participant:
    """One person of the story, with everything they will tell the program."""

    employee: Employee
    part: str  # "mentor" or "mentee"
    expertise: tuple[tuple[str, int], ...]  # competency code, level 1 to 5
    growth_goals: tuple[str, ...]
    target_role: str | None
    learning_style: str
    work_style: str
    interests: tuple[str, ...]
    languages: tuple[str, ...]
    unavailable: tuple[str, ...]  # periods of the day
    remote_only: bool
    seats: int  # 0 for mentees
    gender: str | None  # self-declared, where they wanted to
    caring: str | None
    eligible: bool
    temperament: int  # 0 to 99: how the dice fall for this person in the story


@frozen
class Cast:
    """Everybody who takes part."""

    mentees: Sequence[Participant]
    mentors: Sequence[Participant]
    newcomers: Sequence[Participant]  # apply although they joined too recently
    unready: Sequence[Participant]  # mentor candidates who are not approved


def cast(people: Sequence[Employee], size: Size, seed: int) -> Cast:
    """Choose and describe the participants; the same for the same people and seed.

    Raises:
        ValueError: the company is too small for the story.
    """
    random = Random(f"cast-{seed}-{size.name}")
    settled = [person for person in people if _tenure_days(person) >= TENURE_DAYS_MIN]
    fresh = [person for person in people if _tenure_days(person) < 80]
    seniors = [person for person in settled if person.level in SENIOR_LEVELS] or settled
    spare = max(2, size.mentors // 40)
    if len(settled) < size.mentees + size.mentors + spare:
        message = (
            f"{len(settled)} of {len(people)} people have been here for {TENURE_DAYS_MIN} days; "
            f"the story needs {size.mentees + size.mentors + spare}"
        )
        raise ValueError(message)
    mentors = _sample(seniors, settled, size.mentors + spare, random)
    taken = {person.number for person in mentors}
    others = [person for person in settled if person.number not in taken]
    mentees = random.sample(others, size.mentees)
    seats = seats_of(size.mentors, size.seats, random)
    return Cast(
        mentees=[_participant(person, "mentee", 0, random) for person in mentees],
        mentors=[
            _participant(person, "mentor", share, random)
            for person, share in zip(mentors[: size.mentors], seats, strict=True)
        ],
        newcomers=[
            _participant(person, "mentee", 0, random, eligible=False)
            for person in random.sample(fresh, min(len(fresh), 3 + size.mentees // 60))
        ],
        unready=[_participant(person, "mentor", 1, random) for person in mentors[size.mentors :]],
    )


def _tenure_days(person: Employee) -> int:
    return (FIRST_DAY - person.hired_on).days


def _sample(
    first: Sequence[Employee], then: Sequence[Employee], count: int, random: Random
) -> list[Employee]:
    """`count` people, from `first` as far as it goes."""
    if len(first) >= count:
        return random.sample(first, count)
    numbers = {person.number for person in first}
    rest = [person for person in then if person.number not in numbers]
    return [*first, *random.sample(rest, count - len(first))]


def _participant(
    employee: Employee, part: str, seats: int, random: Random, *, eligible: bool = True
) -> Participant:
    facts = company_facts()
    own = list(facts["functions"].get(employee.function, {"competencies": []})["competencies"])
    common: list[str] = facts["common_competencies"]
    strong = part == "mentor"
    skills = random.sample(own, min(len(own), 4)) + random.sample(common, 4 if strong else 2)
    wanted = [code for code in _others(employee, facts, random) if code not in skills]
    return Participant(
        employee=employee,
        part=part,
        expertise=tuple(
            (code, random.randint(3, 5) if strong else random.randint(1, 3)) for code in skills
        ),
        growth_goals=tuple(wanted[: 2 if strong else 4]),
        target_role=None if strong else random.choice(facts["target_roles"])["code"],
        learning_style=random.choice(facts["learning_styles"]),
        work_style=random.choice(facts["work_styles"]),
        interests=tuple(random.sample(facts["interests"], 2)),
        languages=("en", *facts["languages"].get(employee.site, ())),
        unavailable=("evening",) if random.random() < 0.25 else (),
        remote_only=employee.site == "remote" or random.random() < 0.05,
        seats=seats,
        gender=random.choices(("woman", "man", "non_binary", None), (42, 42, 4, 12))[0],
        caring=random.choices(("yes", "no", None), (22, 60, 18))[0],
        eligible=eligible,
        temperament=random.randrange(100),
    )


def _others(employee: Employee, facts: dict[str, Any], random: Random) -> list[str]:
    """Skills that other functions are good at, and those that everybody needs, in random order."""
    foreign = [
        code
        for name, function in facts["functions"].items()
        if name != employee.function
        for code in function["competencies"]
    ]
    wanted = list(dict.fromkeys([*foreign, *facts["common_competencies"]]))
    random.shuffle(wanted)
    return wanted
