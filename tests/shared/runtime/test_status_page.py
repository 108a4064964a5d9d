"""The page of a worker: ready while its parts are well and nobody asked it to end."""

import socket

import httpx
import pytest

from shared.runtime import status_page
from shared.runtime.status_page import StatusPage, StatusPortTaken, Watched


async def well() -> str | None:
    return None


async def broken() -> str | None:
    return "waiting to start again: sequencer"


async def asked(page: StatusPage, path: str) -> tuple[int, str]:
    transport = httpx.ASGITransport(page.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as http:
        answer = await http.get(path)
        return answer.status_code, answer.text


async def test_a_worker_is_ready_from_when_its_loops_run_until_it_is_told_to_end() -> None:
    page = StatusPage()
    assert (await asked(page, "/readyz"))[0] == httpx.codes.SERVICE_UNAVAILABLE
    page.is_ready_if(Watched(checks={"loops": well}, warnings={"broker": broken}))
    assert await asked(page, "/readyz") == (httpx.codes.OK, "ok\n")
    page.closing.begin()
    assert (await asked(page, "/readyz"))[0] == httpx.codes.SERVICE_UNAVAILABLE
    assert await asked(page, "/livez") == (httpx.codes.OK, "ok")


async def test_a_worker_whose_loop_has_fallen_says_which() -> None:
    page = StatusPage()
    page.is_ready_if(Watched(checks={"loops": broken}))
    status, text = await asked(page, "/readyz?verbose")
    assert status == httpx.codes.SERVICE_UNAVAILABLE
    assert "[-] loops: waiting to start again: sequencer" in text


async def test_a_page_answers_at_its_port_and_says_if_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StatusPortTaken, match="STATUS_PORT"):
            async with status_page.served(StatusPage(), "127.0.0.1", port):
                pass
    async with status_page.served(StatusPage(), "127.0.0.1", port), httpx.AsyncClient() as http:
        assert (await http.get(f"http://127.0.0.1:{port}/livez")).text == "ok"
    async with status_page.served(StatusPage(), "127.0.0.1", 0):
        pass  # no page was asked for
