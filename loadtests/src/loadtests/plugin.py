"""Joins the load tests to Locust: options, and who does what in this process."""

import sys
from argparse import ArgumentParser
from typing import Any

from locust.env import Environment
from locust.event import Events
from locust.runners import WorkerRunner

from loadtests.leader import Leader
from loadtests.profiles import UsageError
from loadtests.worker import Worker


def install(events: Events) -> None:
    """Register with Locust. Everything else happens when Locust says so."""
    events.init_command_line_parser.add_listener(_options)
    events.init.add_listener(_init)


def _options(parser: ArgumentParser, **_: Any) -> None:
    group = parser.add_argument_group("holdfast")
    group.add_argument("--adapter", default="holdfast", help="holdfast or common")
    group.add_argument("--idle-seconds", type=float, help="idle time of a target that tells none")
    group.add_argument("--patience", type=float, default=60.0, help="longest idle time awaited, s")
    group.add_argument("--brief", action="store_true", help="print the progress alone")
    group.add_argument("--out", default=".run/load", help="folder for record, verdict and report")


def _init(environment: Environment, **_: Any) -> None:
    try:
        if isinstance(environment.runner, WorkerRunner):
            Worker(environment, environment.runner)
        else:
            Leader(environment)
    except UsageError as error:
        print(error, file=sys.stderr, flush=True)
        sys.exit(2)
