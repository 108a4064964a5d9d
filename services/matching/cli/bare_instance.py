"""A bare instance from a file, solved and shown."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.matching.domain.engine.problem import NOBODY
from services.matching.domain.engine.reading import InstanceUnreadable, read_instance
from services.matching.domain.engine.solving import Answer, Instance
from services.matching.domain.engine.solving import solve as solve_instance
from shared.cli.output import console, show_json, show_rows
from shared.strict_json import NotStrictJson, strict_json


def show_solved(file: Path, *, as_json: bool) -> None:
    """Read it, solve it, and show the answer."""
    instance, objective = read_instance(_document(file))
    answer = solve_instance(instance, objective)
    if as_json:
        show_json(_plain(answer))
    else:
        _show(instance, answer)


def _document(file: Path) -> object:
    try:
        return strict_json(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    except OSError as reason:
        message = f"{file} cannot be read: {reason.strerror}."
        raise InstanceUnreadable(message) from reason
    except NotStrictJson as reason:
        message = f"{file}: {NotStrictJson.__doc__} {reason.__cause__ or ''}".strip()
        raise InstanceUnreadable(message) from reason


def _plain(answer: Answer) -> Mapping[str, Any]:
    return {
        "partner": [_column(partner) for partner in answer.partners.tolist()],
        "served": answer.served,
        "total": answer.total,
        "prices": answer.prices.tolist(),
        "unique": answer.unique,
        "proof": "optimal",
    }


def _show(instance: Instance, answer: Answer) -> None:
    rows = [
        {
            "row": row,
            "column": partner,
            "score": int(instance.scores[row, partner]),
            "price": int(answer.prices[partner]),
        }
        for row, partner in enumerate(answer.partners.tolist())
        if partner != NOBODY
    ]
    show_rows(rows, as_json=False, nothing="Nobody can be served.")
    alone = "the only such answer" if answer.unique else "by lot among equals"
    console.print(
        f"{answer.served} of {len(answer.partners)} served, {answer.total} points in total, "
        f"{alone}; the prices prove that none is better."
    )


def _column(partner: int) -> int | None:
    return None if partner == NOBODY else partner
