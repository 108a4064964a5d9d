"""The house style, as a test: what no linter knows about this project."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import events
from shared.event_forms import SCHEMAS

ROOT = Path(__file__).parents[1]
LINES_PER_FUNCTION_MAX = 40
LINES_PER_FILE_MAX = 300
BANNED = {
    r"except (Base)?Exception:\s*pass": "an error is handled, or it travels",
    r"\bunittest\.mock\b|\bMagicMock\b": "use the memory store, or the real thing",
}
BANNED_IN_THE_PRODUCT = {
    r"\bdatetime\.(now|utcnow)\(": "take `now` as an argument, or ask shared.clock",
    r"\bdate\.today\(": "take `now` as an argument, or ask shared.clock",
    r"\buuid[47]\(\)": "make ids at the edge: shared.ids.new_id",
    r"(?<![.\w])print\(": "log it, or drop it",
    r"\bos\.environ\b": "settings come in by shared.settings",
}
MAY = {
    "shared/clock.py": {r"\bdatetime\.(now|utcnow)\("},
    "shared/embedded.py": {r"\bos\.environ\b"},  # a program it starts inherits the environment
    "shared/cli/demo/command.py": {r"\bos\.environ\b"},  # the services it starts inherit them
    "shared/ids.py": {r"\buuid[47]\(\)"},
    "shared/runtime/system.py": {r"\bos\.environ\b"},
    "shared/settings/__init__.py": {r"\bos\.environ\b"},
}
WORDS = {
    r"\b(TODO|FIXME|XXX|HACK)\b": "finish it before the commit",
    r"(?<![\w.])/(work|root|home|Users)/": "a path of one machine means nothing on another",
    r"(?<![\w#&/])(?<!: )#\d{1,5}\b": "say what it is about: numbers of other systems age badly",
    r"\b[EPMSAX]-\d\d\b": "say what it does, not which line of a list it was",
    r"\b(whitelist|blacklist)": "allow, refuse",
    r"\b(user-friendly|seamless|robust|leverage|cutting-edge|blazing)": "say what it does",
}
NAMELESS = re.compile(r"^(utils?|helpers?|managers?|base|data|info|common|misc|core|types)$")
PAST = re.compile(
    r"(ed|edOff|Withdrew|Begun|Given|Held|Sent|Set|Put|Withdrawn|Taken|Made|Left|Chosen|Met"
    r"|Due|Overdue|Overridden|Drawn)$"
)
PERSONAL = re.compile(r"(^|_)(e?mail|phone|first_name|last_name|full_name|birth\w*|address)$")


def tracked(*suffixes: str) -> list[Path]:
    """Files of the repository, by the end of their name."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = sorted(set(listed.stdout.splitlines()))
    return [ROOT / name for name in names if name.endswith(suffixes) and (ROOT / name).is_file()]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


SOURCES = [*tracked(".py"), ROOT / "dev"]
TEXTS = [*SOURCES, *tracked(".md", ".toml", ".sql", ".html", ".css", ".js", ".http", ".sh", ".yml")]
EVENTS = [path for path in SOURCES if named(path).startswith("shared/events/")]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_file_fits_in_the_head(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LINES_PER_FILE_MAX
    long = [
        function.name
        for function in functions(ast.parse(text))
        if (function.end_lineno or 0) - function.lineno >= LINES_PER_FUNCTION_MAX
    ]
    assert not long, f"over {LINES_PER_FUNCTION_MAX} lines"


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_what_is_banned_has_its_replacement(path: Path) -> None:
    if path == Path(__file__):
        return
    text = path.read_text()
    product = named(path).startswith(("services/", "shared/"))
    for pattern, instead in (BANNED | (BANNED_IN_THE_PRODUCT if product else {})).items():
        if pattern in MAY.get(named(path), set()):
            continue
        found = re.search(pattern, text)
        assert found is None, f"{found and found[0]}: {instead}"


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_a_text_says_nothing_that_ages(path: Path) -> None:
    if path == Path(__file__):
        return
    for number, line in enumerate(path.read_text().splitlines(), 1):
        for pattern, instead in WORDS.items():
            assert not re.search(pattern, line), f"line {number}: {instead}"


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_a_module_is_named_after_what_it_holds(path: Path) -> None:
    assert not NAMELESS.match(path.stem), "name it after what it holds"
    assert not NAMELESS.match(path.parent.name), "name the folder after what it holds"


@pytest.mark.parametrize("path", EVENTS, ids=named)
def test_an_event_carries_no_float_and_nobody_s_name(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            assert "float" not in ast.unparse(node.annotation), f"{node.target.id}: whole numbers"
            assert not PERSONAL.search(node.target.id), f"{node.target.id}: ids only"


@pytest.mark.parametrize("name", sorted(events.BY_NAME))
def test_an_event_says_what_happened(name: str) -> None:
    assert PAST.search(name), "name it in the past tense"


@pytest.mark.parametrize("name", sorted(events.BY_NAME))
def test_an_event_stays_readable_for_ever(name: str) -> None:
    for schema in range(1, SCHEMAS.get(name, 1) + 1):
        golden = ROOT / "tests" / "golden" / f"{name}.v{schema}.json"
        assert golden.exists(), f"add {named(golden)}: one stored record of this form"


def test_every_test_says_what_it_claims() -> None:
    for path in SOURCES:
        if named(path).startswith("tests/") and path.name.startswith("test_"):
            for function in functions(ast.parse(path.read_text())):
                if function.name.startswith("test_"):
                    assert function.name.count("_") >= 3, f"{named(path)}: {function.name}"


@pytest.mark.parametrize("path", tracked(".md"), ids=named)
def test_a_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", path.read_text()):
        if not re.match(r"[a-z]+:", target):
            assert (path.parent / target).exists(), target


def test_a_promise_is_shown_by_a_test_that_there_is() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    for claim, path in re.findall(r"\[([^\]]+)\]\((tests/[^)]+)\)", text):
        name = f"def test_{claim.replace(' ', '_').replace('-', '_')}("
        assert name in (ROOT / path).read_text(), f"{path} claims no such thing: {claim}"
