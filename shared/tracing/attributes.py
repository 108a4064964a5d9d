"""What our spans say, in one place: names of the OpenTelemetry conventions, and our own.

The conventions for messaging may still change; whoever follows them has this one file to edit.
"""

DATABASE = "db.system.name"
PROCEDURE = "db.stored_procedure.name"
OPERATION = "messaging.operation.type"  # send, process
DESTINATION = "messaging.destination.name"  # here the service that publishes, not its topic

CONSUMER = "fairlead.consumer"
EVENTS = "fairlead.events"  # how many of this trace
EVENT_TYPES = "fairlead.event.types"
STREAMS = "fairlead.streams"
TIMER = "fairlead.timer.kind"
BATCH = "fairlead.batch.events"  # how many were handled together, of all traces
