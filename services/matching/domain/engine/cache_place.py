"""Where translated loops are kept from one process to the next."""

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

# What an installation brings along for everybody who uses it; only read from.
SHARED = Path(sys.prefix) / "share" / "fairlead" / "numba"


def cache_folder(translator: str, shared: Path = SHARED) -> Path | None:
    """A folder of this user's that can be written, with what the installation brings.

    Args:
        translator: its version: code of another is of no use.
        shared: what it brings, where it does.

    Returns:
        None: nothing can be written.
    """
    user = getattr(os, "getuid", int)()
    homes = (Path("~/.cache/fairlead"), Path(tempfile.gettempdir()) / f"fairlead-{user}")
    for home in homes:
        with suppress(OSError, RuntimeError):  # the second: nobody's home is known
            parent = home.expanduser()
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if parent.lstat().st_uid != user:
                continue  # somebody else's code would be run
            chosen = parent / f"numba-{_edition(translator)}"
            _lay_out(chosen, shared)
            with tempfile.TemporaryFile(dir=chosen):
                return chosen
    return None


def _edition(translator: str) -> str:
    sources = sorted(Path(__file__).parent.glob("compiled*.py"))
    whole = translator.encode() + b"".join(path.read_bytes() for path in sources)
    return sha256(whole).hexdigest()[:12]


def _lay_out(chosen: Path, shared: Path) -> None:
    """Make a folder, all of it at once: other processes may read it, or make the same."""
    if chosen.exists():
        return
    with tempfile.TemporaryDirectory(dir=chosen.parent) as folder:
        made = Path(folder) / "numba"
        if shared.is_dir():
            shutil.copytree(shared, made, copy_function=shutil.copyfile)
        else:
            made.mkdir()
        with suppress(OSError):  # somebody was first
            made.rename(chosen)
