"""The company of a story: the people of a file, or invented ones."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from shared.cli.demo import people_file, population
from shared.cli.demo.population import Employee, Size
from shared.frozen import frozen

AT_ONCE = timedelta()


@frozen
class Company:
    """Who is in the story."""

    size: Size
    people: Sequence[Employee]  # hired as if the story began on its first day
    export: bytes  # the HR file that is imported
    seed: int


def invented(size: Size, seed: int, folder: Path, later: timedelta = AT_ONCE) -> Company:
    """People who follow from a seed; their HR file is left in `folder`.

    Args:
        size: how many.
        seed: another seed, another company.
        folder: where to leave their file.
        later: how long after its first day the story begins.
    """
    people = population.employees(size, seed)
    file = folder / "people.csv"
    population.write_csv(_hired(people, later), file)
    return Company(size=size, people=people, export=file.read_bytes(), seed=seed)


def of_file(file: Path, seed: int, later: timedelta = AT_ONCE) -> Company:
    """The people of an HR export.

    Raises:
        TooFewPeople: it has not enough of them.
    """
    people = _hired(people_file.employees(file), -later)
    size = people_file.fitting(people)
    return Company(size=size, people=people, export=file.read_bytes(), seed=seed)


def _hired(people: Sequence[Employee], later: timedelta) -> Sequence[Employee]:
    """The same people, each hired so much later: as long before the story as ever."""
    return [replace(person, hired_on=person.hired_on + later) for person in people]
