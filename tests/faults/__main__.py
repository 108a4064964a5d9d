"""`./dev faults`: all trials at length, or those that are named; a table of promises."""

import argparse
import sys
import traceback
from collections.abc import Iterator, Sequence

from rich.console import Console

from tests.faults.scenarios import GROUPS, SEEDS_LONG, Group
from tests.faults.table import as_json, show
from tests.faults.trials import Report, failed, tried


def _arguments() -> argparse.Namespace:
    names = [each.name for group in GROUPS.values() for each in group.scenarios]
    parser = argparse.ArgumentParser(prog="./dev faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--seed", type=int, action="append", help="instead of the usual ones")
    parser.add_argument("--short", action="store_true", help="as in the usual tests")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(names)
    if unknown:
        parser.error(f"no scenario is called {', '.join(sorted(unknown))}")
    return arguments


def main() -> int:
    """Try everything; one if a promise was broken."""
    arguments = _arguments()
    talk = Console(stderr=True)
    reports: list[Report] = []
    for group in GROUPS.values():
        chosen = [
            each for each in group.scenarios if not arguments.names or each.name in arguments.names
        ]
        if chosen:
            seeds = arguments.seed or SEEDS_LONG
            part = Group(raised=group.raised, scenarios=chosen)
            for report in _tried(part, seeds, long=not arguments.short):
                talk.print(f"{report.scenario} {report.seed}: {report.broken or 'all held'}")
                reports.append(report)
    if arguments.json:
        sys.stdout.write(as_json(reports) + "\n")
    else:
        show(reports, Console())
    return any(report.broken for report in reports)


def _tried(group: Group, seeds: Sequence[int], *, long: bool) -> Iterator[Report]:
    with group.raised() as stage:
        for scenario in group.scenarios:
            for seed in seeds:
                try:
                    yield tried(stage, scenario.name, seed, scenario.fault, long=long)
                except Exception:  # noqa: BLE001  # whatever it is, the others are tried
                    traceback.print_exc()
                    stage.heal()
                    yield failed(scenario.name, seed, traceback.format_exc(limit=-1))


if __name__ == "__main__":
    sys.exit(main())
