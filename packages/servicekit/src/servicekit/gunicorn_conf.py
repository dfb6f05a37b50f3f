"""gunicorn's settings that every service shares; a service's own module takes them over.

Evaluated when gunicorn starts, before it forks, so it imports almost nothing.
"""

import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from servicekit.bind import Bind
from servicekit.settings import text_of
from servicekit.workers import worker_count


def _workers() -> int:
    try:
        return worker_count(os.environ)
    except ValueError as error:
        print(error, file=sys.stderr)  # noqa: T201 - before logs exist
        raise SystemExit(2) from None


def listener(variable: str, default: str) -> str:
    """Return an address to listen on as gunicorn takes it.

    gunicorn itself would listen on a port of its own choice where none is given, or try for ever.
    A faulty one is left to the service's `check`, which stops the start with all faults at once.
    """
    try:
        return str(Bind.parse(text_of(os.environ, variable) or default))
    except ValueError:
        return default


workers = _workers()
# A worker's heartbeat must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - memory, by name
# Longer than a balancer keeps an idle connection, so that it is the balancer who closes.
keepalive = 75
graceful_timeout = 25
timeout = 60
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 16380
# Names with "_" are dropped: CGI-style servers behind would read them as ours.
header_map = "drop"
forwarder_headers = ""
forwarded_allow_ips = ""
control_socket_disable = True
loglevel = "warning"

# Objects made and not yet freed before cycles are looked for: a request leaves none behind.
_GARBAGE = 20_000
_METRICS = "PROMETHEUS_MULTIPROC_DIR"


def share_metrics(server: Any) -> None:
    """Let several workers count into one folder. To be called before prometheus_client is loaded.

    One worker counts in its own memory, which costs less.
    """
    if server.cfg.workers > 1 and _METRICS not in os.environ:
        os.environ[_METRICS] = tempfile.mkdtemp(prefix="holdfast-metrics-", dir=worker_tmp_dir)


def child_exit(_: Any, worker: Any) -> None:
    """Forget the gauges of a worker that is gone."""
    from servicekit.metrics import mark_dead  # noqa: PLC0415 - gunicorn is configured by now

    mark_dead(worker.pid)


def post_worker_init(_: Any) -> None:
    """Let the garbage collector leave alone what is there for good, and look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE)


def when_ready(server: Any) -> None:
    """Tell that the service begins; from here on gunicorn's own words are lines like all others."""
    from servicekit import logs  # noqa: PLC0415 - nothing is imported before it is needed

    service = str(server.cfg.wsgi_app).partition(".")[0]
    console = os.environ.get("HOLDFAST_LOG_FORMAT") == "console"
    instance = os.environ.get("HOLDFAST_INSTANCE", service)
    logs.configure(service, instance, "console" if console else "json")
    server.log.error_log.handlers.clear()
    server.log.error_log.propagate = True
    logs.security("sys_startup", workers=server.cfg.workers)


def on_exit(_: Any) -> None:
    """Tell that the service is over, and leave nothing behind."""
    from servicekit.logs import security  # noqa: PLC0415 - likewise

    security("sys_shutdown")
    folder = os.environ.get(_METRICS)
    if folder and "holdfast-metrics-" in folder:
        shutil.rmtree(folder, ignore_errors=True)
