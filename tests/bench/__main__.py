"""`./dev bench`: run all benchmarks, or those that are named, and print medians and ratios."""

import argparse
import importlib
import sys
from pathlib import Path

from rich.console import Console

from tests.bench.figures import Report, as_json, show

BENCHMARKS = (
    "append",
    "command",
    "visible",
    "relay",
    "scale",
    "rebuild",
    "matching",
    "solving",
    "drafting",
    "verifying",
    "torture",
    "telemetry",
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--small", action="store_true", help="short runs, to see that all works")
    parser.add_argument("--output", type=Path, help="also write the JSON document to this file")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    return arguments


def main() -> int:
    """Measure one after the other; nothing here fails for being slow."""
    arguments = _arguments()
    chosen = [name for name in BENCHMARKS if not arguments.names or name in arguments.names]
    talk = Console(stderr=True)
    reports: list[Report] = []
    for name in chosen:
        with talk.status(f"measuring: {name}"):
            measure = importlib.import_module(f"tests.bench.{name}").measure
            found: list[Report] = measure(small=arguments.small)
        reports += found
        if not arguments.json:
            for report in found:
                show(report, Console())
    if arguments.json:
        sys.stdout.write(as_json(reports) + "\n")
    if arguments.output:
        arguments.output.write_text(as_json(reports) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
