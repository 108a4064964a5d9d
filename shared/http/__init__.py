"""What a service's routes are written with, and the application they make."""

from shared.http.app import ServiceApp, create_service
from shared.http.authors import AuthorErased, as_author
from shared.http.caller import Caller, require
from shared.http.closing import Closing, DrainingServer
from shared.http.commands import BoundCommands, Commands
from shared.http.models import Moment, PageOf, PageRequest, Request, View
from shared.http.ports import Ports, Verifier, vault_of
from shared.http.preconditions import IfMatchRequired
from shared.http.problems import ItemProblem, item_problem, problems
from shared.http.reads import BoundReads, Reads
from shared.http.routes import IMPORT_BYTES_MAX, Routes
from shared.http.streams import StreamEvent, event_stream, last_event_id, streams

__all__ = [
    "IMPORT_BYTES_MAX",
    "AuthorErased",
    "BoundCommands",
    "BoundReads",
    "Caller",
    "Closing",
    "Commands",
    "DrainingServer",
    "IfMatchRequired",
    "ItemProblem",
    "Moment",
    "PageOf",
    "PageRequest",
    "Ports",
    "Reads",
    "Request",
    "Routes",
    "ServiceApp",
    "StreamEvent",
    "Verifier",
    "View",
    "as_author",
    "create_service",
    "event_stream",
    "item_problem",
    "last_event_id",
    "problems",
    "require",
    "streams",
    "vault_of",
]
