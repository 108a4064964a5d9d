"""`fairlead`: one module a command group, no rules of its own."""

from shared.cli.program import app, main

__all__ = ["app", "main"]
