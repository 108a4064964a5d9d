"""docs/events.md: each event, its fields, who tells it, who hears it."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args, get_type_hints

from shared.codec import CODEC
from shared.events import BY_SERVICE
from shared.provisioning import SERVICES

_HEAD = """\
# Events

Written by `./dev docs`; do not edit. What happened is told in the past tense, carries ids, codes
and whole numbers, and no name of a person. `Sealed` is text under a key that can be destroyed.
"""
_ROOMS = ("projections", "reactions")


def catalogue(root: Path) -> str:
    """The text of docs/events.md."""
    heard = {service: _names_in(root / "services" / service) for service in SERVICES}
    parts = [_HEAD]
    for service, events in BY_SERVICE.items():
        parts.append(f"## {service}\n")
        parts += [_entry(kind, service, heard) for _, kind in sorted(events.items())]
    return "\n".join(parts)


def _entry(kind: type[Any], service: str, heard: Mapping[str, frozenset[str]]) -> str:
    readers = [name for name in SERVICES if kind.__name__ in heard[name] and name != service]
    lines = [f"### {kind.__name__}\n"]
    doc = kind.__dict__.get("__doc__") or ""
    if doc and not doc.startswith(f"{kind.__name__}("):
        lines.append(f"{inspect.cleandoc(doc)}\n")
    schema = CODEC.schema_of(kind.__name__)
    lines.append(
        f"Told by {service}, heard by {', '.join(readers) or 'nobody else'}; form {schema}:"
        f" [schema](schemas/{kind.__name__}.v{schema}.json).\n"
    )
    lines += [f"- `{name}` {said}" for name, said in _fields(kind)]
    return "\n".join(lines) + "\n"


def _fields(kind: type[Any]) -> Iterator[tuple[str, str]]:
    hints = get_type_hints(kind)
    for field in fields(kind):
        yield field.name, _said(hints[field.name])


def _said(hint: Any) -> str:  # noqa: ANN401  # any annotation
    """An annotation as a person would write it."""
    text = hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
    text = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", text)  # without the modules
    return re.sub(r"Optional\[(\w+)\]", r"\1 | None", text)


@lru_cache
def _names_in(service: Path) -> frozenset[str]:
    """Every name that a service's projections and reactions speak of."""
    paths = [
        path
        for room in _ROOMS
        for path in (service / f"{room}.py", *(service / room).rglob("*.py"))
        if path.is_file()
    ]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    plain = {node.id for node in nodes if isinstance(node, ast.Name)}
    return frozenset(plain | {node.attr for node in nodes if isinstance(node, ast.Attribute)})
