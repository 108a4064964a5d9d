"""Keys that must not be trusted, and issuers that must not be asked too often."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey

from shared.auth import IssuerAway, KeyAddress, KeySet, Unauthenticated
from shared.auth.keys import usable_keys
from tests.shared.auth.issuing import EC, ED, OTHER, Key, Published, Watch, token, verifier


async def test_a_key_that_was_withdrawn_proves_nothing_any_more() -> None:
    watch, published = Watch(), Published(EC)
    check = verifier(published, watch)
    text = token()
    await check.verify(text)
    published.keys = [ED]
    watch.seconds = 599
    await check.verify(text)
    watch.seconds = 601
    with pytest.raises(Unauthenticated):
        await check.verify(text)


async def test_a_new_key_is_taken_without_a_failed_request() -> None:
    watch, published = Watch(), Published(EC)
    check = verifier(published, watch)
    await check.verify(token())
    published.keys = [EC, ED]
    watch.seconds = 31
    assert await check.verify(token(ED))
    assert await check.verify(token(EC))


async def test_unknown_key_names_make_us_ask_once_in_30_seconds() -> None:
    watch, published = Watch(), Published(EC)
    check = verifier(published, watch)
    for second in range(2):
        watch.seconds = 31.0 * second
        for number in range(500):
            with pytest.raises(Unauthenticated):
                await check.verify(token(header={"kid": f"{second}-{number}"}))
    assert published.asked == 2


async def test_an_issuer_may_be_away_for_a_day() -> None:
    watch, published = Watch(), Published(EC)
    check = verifier(published, watch)
    await check.verify(token())
    published.is_away = True
    watch.seconds = 3500
    assert await check.verify(token())
    watch.seconds = 25 * 3600
    with pytest.raises(IssuerAway):
        await check.verify(token())
    assert published.asked < 6


async def test_the_first_requests_all_wait_for_the_one_look() -> None:
    published = Published(EC)
    check = verifier(published)
    callers = await asyncio.gather(*(check.verify(token(sub=f"{n}")) for n in range(20)))
    assert len(callers) == 20
    assert published.asked == 1


async def test_an_issuer_that_was_never_there_is_unavailable_and_not_asked_in_a_row() -> None:
    published = Published(EC)
    published.is_away = True
    check = verifier(published)
    for _ in range(5):
        with pytest.raises(IssuerAway):
            await check.verify(token())
    assert published.asked == 1


def public(key: Key, **changes: object) -> dict[str, Any]:
    return {**key.as_dict(private=False), **changes}


@pytest.mark.parametrize(
    "entry",
    [
        OctKey.generate_key(256, {"kid": "x"}).as_dict(private=True),
        ECKey.generate_key("P-256", {"kid": "x"}, private=True).as_dict(private=True),
        public(EC, kid="x", use="enc"),
        public(EC, kid="x", key_ops=["encrypt"]),
        public(EC, kid="x", alg="HS256"),
        public(ECKey.generate_key("P-384", {"kid": "x"}, private=True)),
        public(EC, kid=""),
        public(EC, kid=7),
        {"kid": "x", "kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kid": "x", "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        "x",
    ],
)
def test_a_key_that_should_not_sign_tokens_is_left_out(entry: object) -> None:
    document = json.dumps({"keys": [entry, public(ED)]}).encode()
    assert list(usable_keys(document)) == ["ed"]


def test_of_two_keys_with_one_name_neither_is_taken() -> None:
    document = json.dumps({"keys": [public(EC), public(ED), public(OTHER)]}).encode()
    assert list(usable_keys(document)) == ["ed"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(302, headers={"location": "https://elsewhere.test"}),
        httpx.Response(500),
        httpx.Response(200, content=b" " * 600_000),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b"[]"),
    ],
)
async def test_an_answer_that_is_no_key_set_gives_no_keys(answer: httpx.Response) -> None:
    transport = httpx.MockTransport(lambda _: answer)
    keys = KeySet(KeyAddress("https://issuer.test/keys", transport))
    with pytest.raises(IssuerAway):
        await keys.refresh()


def test_keys_come_by_https_only() -> None:
    with pytest.raises(ValueError, match="https"):
        KeyAddress("http://issuer.test/keys")
