"""gunicorn's settings for the auth: `gunicorn -c python:auth.gunicorn_conf`.

Evaluated when gunicorn starts, so it reads the environment itself and imports almost nothing.
"""

import os
from pathlib import Path

wsgi_app = "auth.app:main()"
bind = [
    os.environ.get("HOLDFAST_BIND", "127.0.0.1:8000"),
    os.environ.get("HOLDFAST_INTERNAL_BIND", "127.0.0.1:9000"),
]
worker_class = "gthread"
threads = 16
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
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


def on_starting(_: object) -> None:
    """Refuse a bad configuration in the master: a worker that fails would be started for ever."""
    from auth.app import check  # noqa: PLC0415 - gunicorn is configured by now

    check()
