"""How commands reach the databases: a server of the settings, or the embedded one."""

from collections.abc import Callable, Coroutine
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import asyncpg
import typer
import uvloop

from shared import settings
from shared.provisioning import SERVICES, Databases, connected
from shared.runtime import system
from shared.runtime.prepare import NotPrepared

T = TypeVar("T")


class ServiceName(StrEnum):
    """One of the four."""

    ENROLLMENT = "enrollment"
    MATCHING = "matching"
    SESSIONS = "sessions"
    METRICS = "metrics"


OneService = Annotated[ServiceName, typer.Argument(metavar="SERVICE", help="Which of the four.")]
OnlyService = Annotated[
    ServiceName | None, typer.Option("--service", help="Only this service; all four otherwise.")
]


def chosen_from(only: ServiceName | None) -> list[str]:
    """The services that a command is about."""
    return list(SERVICES) if only is None else [str(only)]


def with_databases(work: Callable[[Databases], Coroutine[Any, Any, T]]) -> T:
    """Do something with the databases; the embedded server is started if it does not run.

    Raises:
        DatabaseAway: the server does not answer.
        NotPrepared: a table is missing.
    """
    with system.database(settings.load()) as (databases, _):
        try:
            return uvloop.run(work(databases))
        except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as reason:
            raise NotPrepared from reason


def as_worker(
    services: list[str], work: Callable[[str, asyncpg.Connection], Coroutine[Any, Any, T]]
) -> list[T]:
    """Do something in each service's database as one who sees every tenant."""

    async def each(databases: Databases) -> list[T]:
        answers = []
        for service in services:
            async with connected(databases.dsn(service, "worker")) as connection:
                answers.append(await work(service, connection))
        return answers

    return with_databases(each)
