"""Makes a service's application out of what its composition root says."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Lifespan

from shared import tracing
from shared.http import development, docs_page, health, operations, operators, problem_pages
from shared.http.closing import Closing
from shared.http.edge import Edge
from shared.http.error_handlers import handlers
from shared.http.express import Express
from shared.http.measures import QUIET
from shared.http.openapi import described
from shared.http.routes import operation_id
from shared.service import Service
from shared.settings import Settings

_EXPOSED = (
    "ETag",
    "Link",
    "Location",
    "Retry-After",
    "Consistency-Token",
    "Idempotent-Replayed",
    "Trace-Id",
    "X-Request-Id",
)


class ServiceApp(FastAPI):
    """One service's application; `state.ports` must be set before the first request."""

    def __init__(self, service: Service, settings: Settings, **options: Any) -> None:  # noqa: ANN401  # FastAPI's own options
        """Build it, without routes."""
        super().__init__(
            title=service.title,
            description=service.description,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            redirect_slashes=False,
            root_path=settings.http.root_path,
            max_body_size=settings.http.body_bytes_max,
            exception_handlers=handlers(),
            generate_unique_id_function=operation_id,
            telemetry=_telemetry(),
            **options,
        )
        self.service = service
        self._body_bytes_max = settings.http.body_bytes_max
        self.state.ports = None
        self.state.closing = Closing()

    def openapi(self) -> dict[str, Any]:
        """The description of this API, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = described(super().openapi(), self)
        return self.openapi_schema

    def build_middleware_stack(self) -> ASGIApp:
        """Starlette's layers inside ours, so that no answer leaves in another form."""
        express = Express(super().build_middleware_stack(), self, self._body_bytes_max)
        return Edge(express, self.service.name)


def create_service(
    service: Service, settings: Settings | None = None, lifespan: Lifespan[Any] | None = None
) -> FastAPI:
    """The application of a service, with everything that all services have.

    Args:
        service: what the composition root says.
        settings: the defaults if None.
        lifespan: sets `app.state.ports` and closes what it opened; the runtime's business.
    """
    chosen = Settings() if settings is None else settings
    app = ServiceApp(service, chosen, lifespan=lifespan, middleware=_middleware(chosen))
    for router in (*service.routers, operations.router, operators.router):
        app.include_router(router)
    for router in (health.router, problem_pages.router, docs_page.router):
        app.include_router(router, include_in_schema=False)
    if chosen.environment == "development":
        app.include_router(development.router, include_in_schema=False)
    return app


def _middleware(settings: Settings) -> list[Middleware]:
    origins = _origins(settings)
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=_EXPOSED,
            max_age=600,
        )
    ]


def _telemetry() -> TelemetryConfig:
    """A span a request if traces are collected; one for each of its steps would cost four times."""
    return {
        "tracing": tracing.provider() is not None,
        "tracer_provider": tracing.provider(),
        "exclude": lambda scope: scope["path"] in QUIET,
        "operation_spans": False,
        "metrics": False,
        "logs": False,
        "auto_configure": False,
    }


def _origins(settings: Settings) -> Sequence[str]:
    """Whose pages may ask us: those that the settings name; in development, the console's too."""
    http = settings.http
    if settings.environment == "production":
        return http.allowed_origins
    console = {f"http://{host}:{http.metrics_port}" for host in (http.host, "localhost")}
    return [*http.allowed_origins, *sorted(console)]
