"""`fairlead topics`: the topics of Kafka as the settings want them."""

import logging
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
import uvloop

from shared import relay, settings
from shared.bus.kafka.topics import Difference, Topics, TopicsNeedAnOperator, differences, topic_of
from shared.cli.output import AsJson, console, errors, show_rows
from shared.cli.reaching import OneService, OnlyService, chosen_from, with_databases
from shared.cli.serving import BusAddress, with_options
from shared.errors import Refused
from shared.provisioning import Databases, connected
from shared.settings import BusSettings

app = typer.Typer(help="The topics of Kafka: made, grown, and set as the settings want them.")


class NoTopics(Refused):
    """The log itself is the bus, it has no topics: say --bus kafka://host:port."""


@app.callback(invoke_without_command=True)
def topics(
    context: typer.Context,
    *,
    service: OnlyService = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only look; exit code 1 if something is to be done.")
    ] = False,
    bus: BusAddress = "",
    as_json: AsJson = False,
) -> None:
    """Make topics that are missing, add partitions, set how long events are kept."""
    if context.invoked_subcommand:
        return
    chosen = kafka_of(bus)
    found, done = uvloop.run(_adjusted(chosen, chosen_from(service), only_look=check))
    rows = [_row(difference, done=difference in done) for difference in found]
    show_rows(rows, as_json=as_json, nothing="Every topic is as the settings want it.")
    if any(difference.action == "grow" for difference in done):
        errors.print("The relay publishes the events of slots that moved with it again.")
    beyond = [difference for difference in found if difference.needs_an_operator]
    if beyond:
        raise TopicsNeedAnOperator(_advice(beyond))
    if check and found:
        raise typer.Exit(1)


@app.command()
def refill(service: OneService) -> None:
    """Have the relay publish every event of a service again, in order; those who listen get twins.

    The relay may be running, and needs nothing else: it begins within a moment.
    """
    slots = with_databases(lambda databases: refilled(databases, str(service)))
    if slots:
        console.print(f"The relay publishes {slots} slots of {service} from their beginning.")
    else:
        console.print(f"Nothing of {service} had been published yet.")


async def refilled(databases: Databases, service: str) -> int:
    """Set the relay of a service back to the beginning; of how many slots it had told something."""
    async with connected(databases.dsn(service, "worker")) as worker:
        return len(await relay.refill(worker, service))


def kafka_of(bus: str) -> BusSettings:
    """The settings of the bus; its client's own log is silent, since we tell what happened.

    Raises:
        NoTopics: they name no Kafka.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    chosen = with_options(settings.load(), bus=bus).bus
    if not chosen.is_kafka:
        raise NoTopics
    return chosen


async def _adjusted(
    chosen: BusSettings, services: Sequence[str], *, only_look: bool
) -> tuple[Sequence[Difference], Sequence[Difference]]:
    """What is not as it should be, and what of that was mended."""
    async with Topics(chosen) as there:
        now = await there.look([topic_of(chosen, service) for service in services])
        found = differences(chosen, services, now)
        return found, () if only_look else await there.adjust(now, found)


def _row(difference: Difference, *, done: bool) -> Mapping[str, Any]:
    return {
        "topic": difference.topic,
        "to_do": difference.action,
        "what": difference.name,
        "now": difference.now,
        "wanted": difference.wanted,
        "done": done,
    }


def _advice(beyond: Sequence[Difference]) -> str:
    """What a person can do about what we cannot."""
    one = beyond[0]
    where = f"{one.topic} has {one.now} {one.name} and {one.wanted} are wanted"
    if one.action == "shrink":
        return f"{where}: Kafka takes none away. Set FAIRLEAD_BUS__PARTITIONS to {one.now}."
    return f"{where}: copies are moved by the brokers' own tool, kafka-reassign-partitions."
