"""What people of the town ask over HTTP, in a line each."""

import httpx

from tests.matching.cast import enrollment, person
from tests.matching.town import Town


async def by_pia(town: Town, path: str, body: object, key: str = "once") -> httpx.Response:
    async with town.pia() as pia:
        return await pia.post(path, json=body, headers={"Idempotency-Key": f"{key}-{path[-24:]}"})


def ids(*names: str) -> list[str]:
    return [str(enrollment(name)) for name in names]


async def seen(town: Town, name: str, path: str, **params: str) -> httpx.Response:
    async with town.client(person(name)) as client:
        return await client.get(path, params=params)


async def bar(town: Town, who: str, against: str) -> None:
    async with town.client(person(who)) as client:
        answer = await client.post(
            f"/v1/people/{person(who)}/bars",
            json={"against": str(person(against))},
            headers={"Idempotency-Key": f"bar-{who}-{against}"},
        )
    assert answer.status_code == 201, answer.text
