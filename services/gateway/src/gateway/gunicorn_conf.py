"""gunicorn's settings for the gateway: `gunicorn -c python:gateway.gunicorn_conf`."""

from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit
from typing import Any

from servicekit.gunicorn_conf import *  # noqa: F403 - gunicorn reads this module's names
from servicekit.gunicorn_conf import listener, share_metrics

wsgi_app = "gateway.app:main()"
bind = [
    listener("HOLDFAST_BIND", "127.0.0.1:8080"),
    listener("HOLDFAST_INTERNAL_BIND", "127.0.0.1:9080"),
]
# gunicorn's own asgi worker with connections of ours: docs/decisions/0001 and 0007.
worker_class = "gateway.worker.Worker"
# Each connection may need a second one, to a service behind; the rest is for Redis and files.
_files = getrlimit(RLIMIT_NOFILE)[0]
worker_connections = 10_000 if _files == RLIM_INFINITY else min(10_000, _files // 2 - 100)
# We add up to 11 fields; what we let in must not be too much for a server behind that takes 100.
limit_request_fields = 88
websocket_max_message_size = 1024 * 1024


def on_starting(server: Any) -> None:
    """Refuse a bad configuration in the master: a worker that fails would be started for ever."""
    share_metrics(server)
    from gateway.app import check  # noqa: PLC0415 - metrics are shared by now

    check()
