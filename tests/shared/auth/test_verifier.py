"""Tokens that must not be taken."""

import hashlib
import hmac
import json
from collections.abc import Callable
from time import process_time
from typing import Any, Literal

import pytest

from shared.auth import Role, Unauthenticated
from tests.shared.auth.issuing import (
    AUDIENCE,
    EC,
    ED,
    ISSUER,
    NOW,
    OTHER,
    PERSON,
    RSA,
    Key,
    Watch,
    claims,
    encoded,
    signed,
    token,
    verifier,
)


async def refused(text: str) -> None:
    with pytest.raises(Unauthenticated):
        await verifier().verify(text)


@pytest.mark.parametrize("key", [EC, ED, RSA])
async def test_a_right_token_tells_who_asks(key: Key) -> None:
    caller = await verifier().verify(token(key))
    assert (caller.tenant, caller.subject, str(caller.person)) == ("orchard", PERSON, PERSON)
    assert caller.roles == {Role.MENTOR, Role.EMPLOYEE}


async def test_a_service_account_is_nobody() -> None:
    caller = await verifier().verify(token(sub="hr-import", roles=["hr_platform"]))
    assert caller.person is None
    assert caller.roles == {Role.HR_PLATFORM}


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "HS256", "RS256", "ES384", 7, None])
async def test_another_algorithm_than_the_keys_own_is_refused(algorithm: object) -> None:
    right = token()
    head = encoded(json.dumps({"alg": algorithm, "typ": "at+jwt", "kid": "ec"}).encode())
    await refused(".".join((head, *right.split(".")[1:])))
    await refused(".".join((head, right.split(".")[1], "")))


@pytest.mark.parametrize("form", ["PEM", "DER"])
async def test_a_public_key_is_no_shared_secret(form: Literal["PEM", "DER"]) -> None:
    secret = RSA.as_bytes(form, private=False)
    head = encoded(json.dumps({"alg": "HS256", "typ": "at+jwt", "kid": "rsa"}).encode())
    signing_input = f"{head}.{encoded(json.dumps(claims()).encode())}"
    mac = hmac.digest(secret, signing_input.encode(), hashlib.sha256)
    await refused(f"{signing_input}.{encoded(mac)}")


@pytest.mark.parametrize(
    "header",
    [
        {"jwk": OTHER.as_dict(private=False)},
        {"jku": "http://127.0.0.1:1/keys"},
        {"x5u": "http://127.0.0.1:1/keys"},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": False},
        {"kid": "../../dev/null"},
        {"kid": "' OR 1=1--"},
        {"kid": "k" * 10_000},
        {"kid": 7},
        {"kid": None},
        {"kid": "rsa"},
        {"typ": "JWT"},
        {"typ": "id_token"},
        {"typ": None},
        {"typ": 7},
    ],
)
async def test_a_header_that_brings_its_own_rules_is_refused(header: dict[str, Any]) -> None:
    await refused(token(header=header))


async def test_a_token_signed_by_another_key_of_the_same_name_is_refused() -> None:
    await refused(token(OTHER))


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(NOW.timestamp()) - 31, "iat": int(NOW.timestamp()) - 3600},
        {"exp": ...},
        {"exp": str(int(NOW.timestamp()) + 60)},
        {"exp": True},
        {"exp": 1e300},
        {"exp": int(NOW.timestamp()) + 24 * 3600 + 1},
        {"iat": ...},
        {"iat": int(NOW.timestamp()) - 10 * 365 * 86400},
        {"iat": int(NOW.timestamp()) + 31},
        {"nbf": int(NOW.timestamp()) + 31},
        {"nbf": "now"},
        {"aud": "fairlead-other"},
        {"aud": ["fairlead2", "x"]},
        {"aud": None},
        {"aud": {"fairlead": 1}},
        {"iss": ISSUER + "/"},
        {"iss": ISSUER.upper()},
        {"iss": [ISSUER]},
        {"sub": ""},
        {"sub": ...},
        {"sub": 7},
        {"sub": "s" * 257},
        {"tenant": ...},
        {"tenant": "Orchard"},
        {"tenant": "orchard'; --"},
        {"tenant": ["orchard"]},
        {"roles": "mentor"},
        {"roles": {"mentor": True}},
    ],
)
async def test_a_claim_that_does_not_mean_what_it_must_is_refused(changes: dict[str, Any]) -> None:
    await refused(token(**changes))


async def test_clocks_may_differ_by_half_a_minute() -> None:
    moment = int(NOW.timestamp())
    assert await verifier().verify(token(iat=moment - 3600, exp=moment - 29))
    assert await verifier().verify(token(iat=moment + 29, nbf=moment + 29))
    assert await verifier().verify(token(aud=["other", AUDIENCE]))


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("header", lambda text: text.replace('{"alg"', '{"alg": "none", "alg"')),
        ("payload", lambda text: text.replace('{"iss"', '{"sub": "eve", "sub": "ana", "iss"')),
        ("payload", lambda text: text.replace('"exp": ', '"exp": NaN, "x": ')),
        ("payload", lambda _: "[" * 12_000),
        ("payload", lambda text: f"[{text}]"),
        ("payload", lambda _: ""),
        ("payload", lambda text: "\ufeff" + text),
    ],
)
async def test_json_that_two_readers_may_read_differently_is_refused(
    part: str, change: Callable[[str], str]
) -> None:
    head = json.dumps({"alg": "ES256", "typ": "at+jwt", "kid": "ec"})
    content = json.dumps(claims())
    if part == "header":
        head = change(head)
    else:
        content = change(content)
    if content:
        await refused(signed(content.encode(), head.encode()))


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda text: text + "\n",
        lambda text: text + "=",
        lambda text: " " + text,
        lambda text: text + ".AAAA.AAAA",
        lambda text: ".".join(text.split(".")[:2]),
        lambda text: json.dumps({"payload": text}),
        lambda text: text.replace(".", ".\u200b", 1),
        lambda text: text[:-2] + ("AA" if text[-2:] != "AA" else "BB"),
        lambda text: ".".join((*text.split(".")[:2], encoded(bytes(64)))),
        lambda text: ".".join((*text.split(".")[:2], encoded(bytes(256)))),
        lambda text: ".".join((*text.split(".")[:2], encoded(b"\x30\x06\x02\x01\x00\x02\x01\x00"))),
        lambda text: "\ud800" + text,
        lambda text: text[:-1] + chr(ord(text[-1]) + 1),
    ],
)
async def test_a_token_of_another_shape_is_refused(change: Callable[[str], str]) -> None:
    await refused(change(token()))


async def test_a_huge_token_is_refused_at_once() -> None:
    check = verifier()
    began = process_time()
    for text in ("A" * 2**20, f"{'A' * 2**19}.{'A' * 2**19}.AA"):
        with pytest.raises(Unauthenticated):
            await check.verify(text)
    assert process_time() - began < 0.05


async def test_a_known_token_ends_when_it_ends() -> None:
    watch = Watch()
    check = verifier(watch=watch)
    text = token()
    await check.verify(text)
    watch.seconds = 3629
    await check.verify(text)
    watch.seconds = 3631
    with pytest.raises(Unauthenticated):
        await check.verify(text)
