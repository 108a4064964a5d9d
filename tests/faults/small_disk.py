"""A disk that can be filled: a file system in a file, mounted for the time of a block."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BLOCK_BYTES = 65_536


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A folder with so much room and no more; needs to be root.

    Raises:
        CalledProcessError: this machine does not mount it.
    """
    with tempfile.TemporaryDirectory(prefix="faults-disk-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        image, place = home / "image", home / "disk"
        place.mkdir()
        image.touch()
        os.truncate(image, megabytes * 1_000_000)
        _run("mkfs.ext4", "-q", "-m", "0", str(image))
        _run("mount", "-o", "loop", str(image), str(place))
        try:
            yield place
        finally:
            _run("umount", str(place))


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Nothing more fits on it for the time of the block."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (BLOCK_BYTES, 512):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    try:
        yield
    finally:
        filler.unlink()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # made above
