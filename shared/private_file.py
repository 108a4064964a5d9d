"""Files made once, whole, and for their owner only, however many processes want them at a time."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def made_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of a file; if there is none yet, what `make` gives is kept there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent) as draft:  # readable by its owner only
            draft.write(make())
            draft.flush()
            with suppress(FileExistsError):  # another process was first: its file is the one
                os.link(draft.name, path)
    return path.read_bytes()
