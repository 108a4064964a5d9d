"""The console in a real browser, on a real port, over real read tables."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

from services.metrics.api.asking import chosen
from shared.auth import Role
from shared.provisioning import SERVICES
from tests.metrics.conftest import tell
from tests.metrics.serving import listening, served
from tests.metrics.spring import MENTORS, SALES, spring
from tests.metrics.telling import person
from tests.patience import PATIENCE_SECONDS
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.integration]

CHROMIUM = shutil.which("chromium")
QUIETLY = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
LAPTOP = (1280, 800)
PHONE = (390, 844)
PATIENCE_MS = PATIENCE_SECONDS * 1000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium here")
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=QUIETLY.split(), timeout=PATIENCE_MS
        )
        yield found
        await found.close()


@pytest.fixture
async def address(orchard: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """Metrics on a port, which stands for the other services, too: each has the same ops routes."""
    async with listening() as listener:
        for service in SERVICES:
            port = str(listener.getsockname()[1])
            monkeypatch.setenv(f"FAIRLEAD_HTTP__{service.upper()}_PORT", port)
        chosen.cache_clear()
        async with served(orchard.apps["metrics"], listener) as where:
            yield where
    chosen.cache_clear()


class Visit:
    """A page, what it asked for, and what it complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._note_request)
        page.on("console", self._note_complaint)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note_request(self, request: Request) -> None:
        self.asked.append(request.url)

    def _note_complaint(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


async def opened(
    browser: Browser, address: str, token: str, size: tuple[int, int] = LAPTOP
) -> Visit:
    width, height = size
    context = await browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE_MS)
    visit = Visit(await context.new_page())
    await visit.page.goto(f"{address}/console#token={token}")
    return visit


def token(world: World, name: str, *roles: Role) -> str:
    return world.issuer.mint("orchard", str(person(name)), roles)


async def test_a_program_manager_sees_it_all_and_sees_it_live(
    orchard: World, address: str, browser: Browser
) -> None:
    mara = token(orchard, "mara", Role.PROGRAM_MANAGER, Role.AUDITOR)
    visit = await opened(browser, address, mara)
    page = visit.page
    await expect(page.locator("#live")).to_have_text("live")
    await expect(page.locator("#program-name")).to_have_text("Across the house")
    await expect(page.locator("#figures")).to_contain_text("38 of 44")
    await expect(page.locator("#funnel tr").first).to_contain_text("60")
    await expect(page.locator("#pairs tbody tr")).to_have_count(15)
    await expect(page.locator("#waiting tbody tr")).to_have_count(2)
    await expect(page.locator("#lag")).to_contain_text("figures")
    await expect(page.locator("#parked")).to_have_text("Nothing is parked.")

    story = spring()
    before = len(story.told)
    await tell(orchard, story.meets(MENTORS[0], SALES[0], 2), after=before)
    await expect(page.locator("#feed li").first).to_contain_text("Session held")
    await expect(page.locator("#figures")).to_contain_text("31 held")  # drawn again by itself

    assert visit.complaints == []
    assert all(url.startswith(address) for url in visit.asked)
    assert mara not in page.url


async def test_a_phone_needs_no_sideways_scrolling(
    orchard: World, address: str, browser: Browser
) -> None:
    auditor = token(orchard, "mara", Role.AUDITOR)
    visit = await opened(browser, address, auditor, PHONE)
    await expect(visit.page.locator("#pairs tbody tr")).to_have_count(15)
    wide, screen = await visit.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= screen


async def test_a_sponsor_sees_totals_and_is_told_why_no_more(
    orchard: World, address: str, browser: Browser
) -> None:
    visit = await opened(browser, address, token(orchard, "sven", Role.SPONSOR))
    await expect(visit.page.locator("#figures")).to_contain_text("64 of 80")
    await expect(visit.page.locator("#pairs")).to_contain_text("roles do not allow")
    await expect(visit.page.locator("#lag")).to_contain_text("roles do not allow")


async def test_a_wrong_token_leads_back_to_the_entrance(
    orchard: World, address: str, browser: Browser
) -> None:
    visit = await opened(browser, address, "nonsense")
    await expect(visit.page.locator("#entrance-note")).to_contain_text("bearer token")
    await expect(visit.page.locator("#desk")).to_be_hidden()
    await visit.page.fill("#token", token(orchard, "mara", Role.AUDITOR))
    await visit.page.press("#token", "Enter")
    await expect(visit.page.locator("#program-name")).to_have_text("Across the house")
    await visit.page.click("#leave")
    await expect(visit.page.locator("#entrance")).to_be_visible()


async def test_every_file_of_the_console_is_served_with_a_strict_policy(
    orchard: World,
) -> None:
    async with orchard.client("metrics", "anybody") as client:
        for name in ("", "/console.css", "/console.js", "/asking.js", "/views.js", "/icon.svg"):
            answer = await client.get(f"/console{name}")
            assert answer.status_code == 200
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert (await client.get("/console/..%2fmain.py")).status_code == 404
        assert (await client.get("/console/main.py")).status_code == 404
