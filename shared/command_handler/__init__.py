"""The one loop that answers every command."""

from shared.command_handler.handler import AlreadyAnswered, CommandHandler, Stale
from shared.command_handler.steps import Outcome, Result, Step

__all__ = ["AlreadyAnswered", "CommandHandler", "Outcome", "Result", "Stale", "Step"]
