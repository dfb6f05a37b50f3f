"""One log line a request, in the trace and under the id that the gateway handed on."""

import time
from collections.abc import Mapping

import structlog
from flask import Flask, Response, g, request

from servicekit import logs, request_id, trace

log = structlog.get_logger()


def configure(environ: Mapping[str, str]) -> None:
    """Write lines as the services do."""
    console = environ.get("HOLDFAST_LOG_FORMAT") == "console"
    logs.configure(
        "shop", environ.get("HOLDFAST_INSTANCE", "shop"), "console" if console else "json"
    )


def tell(app: Flask) -> None:
    """Tell every request of an application."""

    @app.before_request
    def begin() -> None:
        g.start = time.perf_counter()
        request_id.accept(request.headers.get(request_id.HEADER))
        trace.accept(request.headers.get(trace.HEADER))

    @app.after_request
    def end(answer: Response) -> Response:
        ms = round((time.perf_counter() - g.start) * 1000, 1)
        route, status = str(request.url_rule), answer.status_code
        log.info("request", method=request.method, route=route, status=status, ms=ms)
        return answer
