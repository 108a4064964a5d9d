"""Puts the parts together: pools, loops, applications, processes, and the system of all four."""

from shared.runtime.application import build_app
from shared.runtime.process import Serving, UnknownService, serve, service_named, work

__all__ = ["Serving", "UnknownService", "build_app", "serve", "service_named", "work"]
