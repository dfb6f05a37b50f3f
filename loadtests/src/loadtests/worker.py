"""A Locust worker: lives its share, and ships the histories to the master."""

import signal
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests.run import DRAIN_SECONDS, Run, new_run

HISTORIES, DRAIN, DRAINED = "holdfast-histories", "holdfast-drain", "holdfast-drained"
_SHIP_SECONDS = 0.5


class Worker:
    """The load tests in a worker process."""

    def __init__(self, environment: Environment, runner: WorkerRunner) -> None:
        self._environment, self._runner = environment, runner
        self._buffer: list[bytes] = []
        self._run: Run | None = None
        self._was_interrupted = False
        environment.events.test_start.add_listener(self._start)
        runner.register_message(DRAIN, self._drain, concurrent=True)
        # Locust ends a worker at SIGTERM, alone or with everybody; what it saw goes out before.
        environment.events.quitting.add_listener(self._quitting)
        gevent.spawn(self._ship_often)
        gevent.signal_handler(signal.SIGINT, self._interrupted)

    def _interrupted(self) -> None:
        """Leave the first Ctrl-C to the master, who gets it too and then tells us to quit."""
        if self._run is None or self._was_interrupted:
            self._runner.quit()
        self._was_interrupted = True

    def _quitting(self, **_: Any) -> None:
        if self._run is not None and not self._run.draining:
            self._drain()

    def _start(self, **_: Any) -> None:
        self._run = new_run(self._environment, self._buffer.append)

    def _ship_often(self) -> None:
        while True:
            gevent.sleep(_SHIP_SECONDS)
            self._ship()

    def _ship(self) -> None:
        if self._buffer:
            packed, self._buffer[:] = b"".join(self._buffer), []
            self._runner.send_message(HISTORIES, {"packed": packed})

    def _drain(self, **_: Any) -> None:
        """Come to an end, and say so after everything was shipped: messages keep their order."""
        if self._run is not None:
            self._run.drain(DRAIN_SECONDS)
        self._ship()
        self._runner.send_message(DRAINED, {})
