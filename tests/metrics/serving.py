"""An application on a real port, for what only a real connection can do: streams and browsers."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI


@asynccontextmanager
async def listening() -> AsyncIterator[socket.socket]:
    """A free port of this machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # who comes early waits in line
        yield listener


@asynccontextmanager
async def served(app: FastAPI, listener: socket.socket) -> AsyncIterator[str]:
    """The address at which an application, already started, answers."""
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        app.state.closing.begin()
        server.should_exit = True
        await task
