"""gunicorn's settings for the auth service: `gunicorn -c python:auth.gunicorn_conf`."""

import contextlib
import os
from typing import Any

from servicekit.gunicorn_conf import *  # noqa: F403 - gunicorn reads this module's names
from servicekit.gunicorn_conf import listener, share_metrics

wsgi_app = "auth.app:main()"
bind = [
    listener("HOLDFAST_BIND", "127.0.0.1:8000"),
    listener("HOLDFAST_INTERNAL_BIND", "127.0.0.1:9000"),
]
worker_class = "gthread"
threads = 16
# A tenth of the weight of a gateway on the same core: a sign-in may wait, a session's read not.
_NICENESS = 10


def on_starting(server: Any) -> None:
    """Refuse a bad configuration in the master: a worker that fails would be started for ever."""
    share_metrics(server)
    from auth.app import check  # noqa: PLC0415 - metrics are shared by now

    check()


def post_fork(_server: Any, _worker: Any) -> None:
    """Let reads go before what sign-ins cost besides their hash (docs/decisions/0011)."""
    with contextlib.suppress(OSError):  # where a sandbox forbids it
        os.nice(_NICENESS)
