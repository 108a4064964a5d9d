"""Over TLS and by name and password: a broker that takes us, and one that does not, and why."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.bus.kafka import KafkaBus
from shared.bus.kafka.connecting import BrokersAway, BrokersRefuse, arguments, start
from shared.bus.kafka.topics import Topics, differences
from shared.errors import Unavailable
from shared.ids import new_id
from shared.settings import BusSettings
from tests.kafka.guarded import Guarded, authority, guarded
from tests.progress import Log, agreed

pytestmark = [pytest.mark.kafka, pytest.mark.usefixtures("patient_look")]
ANA = {"username": "ana", "password": "pencil"}
GUESSED = {"username": "ana", "password": "guessed"}
CEM = {"username": "cem", "password": "marker"}
OURS = ["Create", "Alter", "AlterConfigs", "Describe", "DescribeConfigs", "Read", "Write"]
BEN = {"username": "ben", "password": "crayon"}


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded(tmp_path_factory.mktemp("guarded")) as broker:
        yield broker


def over_tls(there: Guarded, **more: str) -> BusSettings:
    known = {"url": there.sasl_tls, "security": "sasl_tls", "ca_file": there.authority.file}
    return BusSettings.model_validate(known | ANA | more | {"topic_prefix": f"{new_id().hex}."})


async def there_and_back(settings: BusSettings) -> bytes | None:
    """What comes back of a message; it goes the way of all of ours."""
    topic = f"{settings.topic_prefix}matching"
    async with Topics(settings) as topics:
        await topics.create(topic)
    producer = AIOKafkaProducer(**arguments(settings), enable_idempotence=True)
    consumer = AIOKafkaConsumer(**arguments(settings))
    try:
        await start(producer, settings)
        await producer.send_and_wait(topic, b"paired", partition=0)
        await start(consumer, settings)
        consumer.assign([TopicPartition(topic, 0)])
        await consumer.seek_to_beginning()
        message = await consumer.getone()
    finally:
        await producer.stop()
        await consumer.stop()
    value: bytes | None = message.value
    return value


async def why_not(settings: BusSettings) -> str:
    with pytest.raises(Unavailable) as refused:
        await there_and_back(settings)
    return str(refused.value)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_a_message_goes_over_tls_by_name_and_password(there: Guarded, mechanism: str) -> None:
    assert await there_and_back(over_tls(there, sasl_mechanism=mechanism)) == b"paired"


async def test_a_message_goes_without_tls_where_a_name_is_enough(there: Guarded) -> None:
    settings = over_tls(there, url=there.sasl_plaintext, security="sasl_plaintext", ca_file="")
    assert await there_and_back(settings) == b"paired"


async def test_a_certificate_of_our_own_can_say_who_we_are(there: Guarded) -> None:
    known = {"url": there.tls, "security": "tls", "username": "", "password": ""}
    file = str(there.authority.signed("fairlead"))
    settings = over_tls(there, certificate_file=file, key_file=file, **known)
    assert await there_and_back(settings) == b"paired"


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
async def test_a_wrong_password_is_told_with_the_name(there: Guarded, mechanism: str) -> None:
    settings = over_tls(there, sasl_mechanism=mechanism, **GUESSED)
    with pytest.raises(BrokersRefuse, match="does not know ana by this password"):
        await there_and_back(settings)


async def test_an_authority_that_we_do_not_know_is_told(there: Guarded, tmp_path: Path) -> None:
    settings = over_tls(there, ca_file=authority(tmp_path).file)
    with pytest.raises(BrokersAway, match=r"not trusted .*see FAIRLEAD_BUS__CA_FILE"):
        await there_and_back(settings)


async def test_a_system_that_knows_no_such_authority_is_told(there: Guarded) -> None:
    assert "by what this system trusts" in await why_not(over_tls(there, ca_file=""))


async def test_a_missing_certificate_of_our_own_is_told(there: Guarded) -> None:
    known = {"url": there.tls, "security": "tls", "username": "", "password": ""}
    assert "FAIRLEAD_BUS__SECURITY" in await why_not(over_tls(there, **known))


async def test_to_speak_plainly_to_a_broker_with_tls_points_at_the_setting(there: Guarded) -> None:
    known = {"security": "plaintext", "username": "", "password": "", "ca_file": ""}
    message = await why_not(over_tls(there, **known))
    assert "hangs up on us" in message
    assert "FAIRLEAD_BUS__SECURITY (now plaintext)" in message


async def test_to_say_no_name_where_one_is_wanted_points_at_the_setting(there: Guarded) -> None:
    known = {"security": "plaintext", "username": "", "password": "", "ca_file": ""}
    message = await why_not(over_tls(there, url=there.sasl_plaintext, **known))
    assert "FAIRLEAD_BUS__SECURITY (now plaintext)" in message


async def test_who_is_known_but_may_not_is_told_so(there: Guarded) -> None:
    with pytest.raises(BrokersRefuse, match="does not allow our user to do this"):
        await there_and_back(over_tls(there, **BEN))


async def test_the_rules_of_the_documents_are_enough_for_us_and_for_who_reads(
    there: Guarded,
) -> None:
    ours, theirs = over_tls(there, **CEM), over_tls(there, **BEN)
    prefix, group = ours.topic_prefix, f"reporting-{new_id().hex}"
    there.allow("cem", prefix, OURS)
    there.allow("ben", prefix, ["Read"], "--group", group)
    told = Log().messages(("ana", agreed("ana")))
    async with Topics(ours) as topics:
        await topics.adjust({}, differences(ours, ["sessions"], {}))
    async with KafkaBus(ours) as bus:
        await bus.publish(told)
    consumer = AIOKafkaConsumer(
        f"{prefix}sessions", **arguments(theirs), group_id=group, auto_offset_reset="earliest"
    )
    try:
        await start(consumer, theirs)
        message = await consumer.getone()
    finally:
        await consumer.stop()
    assert message.value == told[0].value
    with pytest.raises(BrokersRefuse, match="does not allow our user"):
        async with Topics(over_tls(there, **BEN)) as topics:
            await topics.grow(f"{prefix}sessions", 12)
