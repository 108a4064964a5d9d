"""Looks at what is around the data: the processes that should answer, and the disk."""

import asyncio
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx

from shared.cli.doctor.findings import GIGABYTE, Finding, Limits, Seen, wrong
from shared.settings import HttpSettings

ANSWER_SECONDS_MAX = 5.0
PROCESSES, DISK = "processes", "disk"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  # listened at; called like this


def addresses(http: HttpSettings, services: Sequence[str]) -> Mapping[str, str]:
    """Where each service's API should answer."""
    here = http.model_copy(update={"host": EVERYWHERE.get(http.host, http.host)})
    return {
        service: http.public_addresses.get(service) or here.address_of(service)
        for service in services
    }


async def processes(where: Mapping[str, str]) -> Seen:
    """What is wrong with the APIs."""
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS_MAX) as http:
        found = await asyncio.gather(*(_asked(http, *each) for each in where.items()))
    findings = [each for faults in found for each in faults]
    return Seen(part=PROCESSES, findings=findings, is_fine=f"{len(where)} services are ready")


async def _asked(http: httpx.AsyncClient, service: str, address: str) -> Sequence[Finding]:
    try:
        answer = await http.get(f"{address}/readyz?verbose")
    except (httpx.TransportError, httpx.InvalidURL) as error:
        says = f"{service} does not answer at {address} ({type(error).__name__})."
        remedy = f"Start it, `fairlead serve {service}`, or all of them, `fairlead up`."
        return [wrong(PROCESSES, "service-away", says, remedy)]
    return list(_told(service, answer.text, is_ready=answer.is_success))


def _told(service: str, page: str, *, is_ready: bool) -> Iterator[Finding]:
    """What a page of readiness says is wrong: `-` keeps requests away, `!` does not."""
    faults = [line[4:] for line in page.splitlines() if line.startswith(("[-] ", "[!] "))]
    for fault in faults or ([] if is_ready else [page.strip()[:200]]):
        code = "service-limps" if is_ready else "service-not-ready"
        state = "is ready, but" if is_ready else "is not ready:"
        says = f"{service} {state} {fault}."
        yield wrong(PROCESSES, code, says, f"Read the log of {service}; it says more.")


def disk(folder: Path, limits: Limits) -> Seen:
    """What is wrong with the disk that the embedded server writes to."""
    usage = shutil.disk_usage(folder if folder.exists() else Path.cwd())
    left = f"{usage.free / GIGABYTE:,.1f} GB of {usage.total / GIGABYTE:,.1f} GB"
    if usage.free >= min(limits.disk_free_share * usage.total, limits.disk_free_bytes):
        return Seen(part=DISK, is_fine=f"{left} free")
    says = f"The disk of {folder} is nearly full: {left} left."
    remedy = "Make room: a full disk stops Postgres."
    return Seen(part=DISK, findings=[wrong(DISK, "disk-full", says, remedy)])
