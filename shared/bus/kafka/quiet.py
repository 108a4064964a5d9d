"""What of the client's own ways we do without."""

import logging
from functools import partial

import aiokafka.client
from aiokafka.protocol.metadata import MetadataRequest


def keep_quiet() -> None:
    """Let the client neither make topics nor complain; to be called before it is used."""
    # Asking for a topic would make it, with the brokers' number of partitions instead of ours,
    # just when it was deleted and the relay is about to make it again.
    aiokafka.client.MetadataRequest = partial(MetadataRequest, allow_auto_topic_creation=False)
    # Of brokers that are away it complains several times a second. The lookout says it once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
