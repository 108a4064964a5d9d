"""A broker that is away: commands are taken all the same, and a process ends as quickly as ever."""

from pathlib import Path

import httpx
import pytest

from shared.auth import Role, development_issuer
from shared.errors import Unavailable
from shared.http import health
from shared.ids import new_id
from shared.provisioning import Databases
from shared.runtime import build_app, service_named
from shared.runtime.broker import assert_answering, fault
from shared.runtime.prepare import prepare
from shared.settings import BusSettings
from tests.patience import PATIENCE_SECONDS, stopwatch
from tests.world import world_settings

NOWHERE = BusSettings(url="kafka://127.0.0.1:9")  # the discard service, which nobody runs
END_SECONDS_MAX = 2.5  # one is promised; the machine of a test may be busy


@pytest.mark.integration
async def test_without_a_broker_commands_are_taken_and_readyz_says_what_is_away(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_CHECK_SECONDS", PATIENCE_SECONDS)
    service = service_named("enrollment")
    settings = world_settings(tmp_path).model_copy(update={"bus": NOWHERE})
    await prepare(service, databases)
    app = build_app(service, settings, databases, with_worker=True)
    token = development_issuer(settings).mint("orchard", str(new_id()), (Role.PROGRAM_MANAGER,))
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(new_id())}
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
            made = await http.post("/v1/programs", json={"name": "Across"}, headers=headers)
            ready = await http.get("/readyz")
            told = await http.get("/readyz?verbose")
        seconds = stopwatch()
    assert seconds() < END_SECONDS_MAX
    assert made.status_code == httpx.codes.CREATED
    assert ready.status_code == told.status_code == httpx.codes.OK
    assert "[!] broker: " in told.text
    assert "127.0.0.1:9" in told.text
    assert "[+] database: ok" in told.text


async def test_a_broker_that_is_away_is_told_with_its_address_and_what_to_do() -> None:
    assert "127.0.0.1:9" in (await fault(NOWHERE) or "")
    with pytest.raises(Unavailable, match="FAIRLEAD_BUS__URL"):
        await assert_answering(NOWHERE)
    await assert_answering(BusSettings())
