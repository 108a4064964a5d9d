"""Tokens that must not be taken, and keys that must not be trusted."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, Literal, TypeAlias

import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from shared.auth import (
    DevelopmentIssuer,
    IssuerAway,
    KeyAddress,
    KeySet,
    NotInProduction,
    Policy,
    Role,
    TokenVerifier,
    Unauthenticated,
    development_issuer,
    token_verifier,
)
from shared.auth.keys import usable_keys
from shared.settings import AuthSettings, Settings

ISSUER, AUDIENCE = "https://issuer.test", "fairlead"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PERSON = "0198c5a4-7f3e-7c1a-9d52-2b8f6a1c2b3d"
EC = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"}, private=True)
RSA = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
OTHER = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
Key: TypeAlias = ECKey | OKPKey | RSAKey
ALGORITHM = {"ec": "ES256", "ed": "EdDSA", "rsa": "RS256"}


class Published:
    """An issuer's keys as they are now, and how often they were asked for."""

    def __init__(self, *keys: Key) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.is_away = False

    async def fetch(self) -> bytes:
        self.asked += 1
        await asyncio.sleep(0.01)
        if self.is_away:
            raise OSError
        return json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()


class Watch:
    """Time that a test lets pass."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)


def verifier(published: Published | None = None, watch: Watch | None = None) -> TokenVerifier:
    time = watch or Watch()
    keys = KeySet(published or Published(EC, ED, RSA), now=time)
    return TokenVerifier(Policy(issuer=ISSUER, audience=AUDIENCE), keys, time.now)


def claims(**changes: object) -> dict[str, Any]:
    moment = int(NOW.timestamp())
    told = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": PERSON,
        "tenant": "orchard",
        "roles": ["mentor", "astronaut"],
        "iat": moment,
        "exp": moment + 3600,
    }
    told |= changes
    return {name: value for name, value in told.items() if value is not ...}


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def signed(payload: bytes | None = None, header: bytes | None = None, key: Key = EC) -> str:
    """A token of exactly these bytes, with a right signature."""
    algorithm = ALGORITHM[str(key.kid)]
    head = header or json.dumps({"alg": algorithm, "typ": "at+jwt", "kid": key.kid}).encode()
    content = payload if payload is not None else json.dumps(claims()).encode()
    signing_input = f"{encoded(head)}.{encoded(content)}"
    model = JWSRegistry.algorithms[algorithm]
    return f"{signing_input}.{encoded(model.sign(signing_input.encode(), key))}"


def token(key: Key = EC, header: dict[str, Any] | None = None, **changes: object) -> str:
    head = {"alg": ALGORITHM[str(key.kid)], "typ": "at+jwt", "kid": key.kid, **(header or {})}
    content = json.dumps(claims(**changes)).encode()
    return signed(content, json.dumps(head).encode(), key)


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
    began = perf_counter()
    for text in ("A" * 2**20, f"{'A' * 2**19}.{'A' * 2**19}.AA"):
        with pytest.raises(Unauthenticated):
            await check.verify(text)
    assert perf_counter() - began < 0.05


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


async def test_the_development_issuer_makes_tokens_that_pass(tmp_path: Path) -> None:
    key_file = tmp_path / "state" / "issuer.json"
    settings = Settings(auth=AuthSettings(development_key=key_file))
    issuer = development_issuer(settings)
    again = development_issuer(settings)
    check = token_verifier(settings)
    for each in (issuer, again):
        caller = await check.verify(each.mint("orchard", PERSON, [Role.SPONSOR]))
        assert caller.roles == {Role.SPONSOR, Role.EMPLOYEE}
    assert key_file.stat().st_mode & 0o077 == 0
    assert '"d"' not in DevelopmentIssuer(key_file, ISSUER, AUDIENCE).keys_file.read_text()


def test_production_has_no_development_issuer(tmp_path: Path) -> None:
    settings = Settings().model_copy(update={"environment": "production"})
    with pytest.raises(NotInProduction):
        development_issuer(settings)
    assert list(tmp_path.iterdir()) == []
