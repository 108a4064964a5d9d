"""What sessions does when others tell something, and when its own timers run out."""

from services.sessions.reactions.events import REACTIONS
from services.sessions.reactions.timers import DEADLINES

__all__ = ["DEADLINES", "REACTIONS"]
