"""gunicorn's own words, as lines like all others."""

import os
from typing import Any

from gunicorn.glogging import Logger

from servicekit import logs


class Lines(Logger):  # type: ignore[misc] # gunicorn has no types
    """Hands what gunicorn says to the service's logging, which is set up here for the master."""

    def setup(self, cfg: Any) -> None:
        """Set up, before any setting of ours is read and judged."""
        super().setup(cfg)
        service = str(cfg.wsgi_app).partition(".")[0]
        console = os.environ.get("HOLDFAST_LOG_FORMAT") == "console"
        logs.configure(
            service,
            os.environ.get("HOLDFAST_INSTANCE", service),
            "console" if console else "json",
        )
        self.error_log.handlers.clear()
        self.error_log.propagate = True
