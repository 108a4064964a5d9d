"""How a process ends with open event streams: they are told, and end by themselves."""

import asyncio
from types import FrameType

import uvicorn


class Closing:
    """Set once, when the process has been asked to end."""

    def __init__(self) -> None:
        """Begin open."""
        self._event = asyncio.Event()

    @property
    def has_begun(self) -> bool:
        """Whether new work should go elsewhere."""
        return self._event.is_set()

    def begin(self) -> None:
        """Tell every stream; called on the loop's own thread."""
        self._event.set()

    async def wait(self) -> None:
        """Return when the process has been asked to end."""
        await self._event.wait()


class DrainingServer(uvicorn.Server):
    """Ends its streams on SIGTERM: by itself uvicorn waits for them, for ever."""

    def __init__(self, config: uvicorn.Config, closing: Closing) -> None:
        """Tell `closing` (an application's `state.closing`) when it is time."""
        super().__init__(config)
        self._closing = closing

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal: first the streams, then uvicorn's own way to end."""
        self._closing.begin()
        super().handle_exit(sig, frame)
