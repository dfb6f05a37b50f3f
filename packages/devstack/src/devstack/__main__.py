"""Run the whole stack on this machine until Ctrl-C, SIGTERM or the terminal's end (`make run`)."""

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from devstack.process import StartError
from devstack.redis_server import NoRedisError
from devstack.run_folder import RunFolderError, held
from devstack.stack import GATEWAYS, Stack
from servicekit.commandline import Parser

WATCH_SECONDS = 0.5
HIGHEST_PORT, MOST_GATEWAYS = 65535, 16
SETTINGS = """\
settings are variables of the environment:
  PORT       the first gateway's port (8080); the others follow
  GATEWAYS   how many gateways (2)
  RUN_DIR    where state and logs are kept (.run)
  HOLDFAST_* whatever docs/configuration.md tells
"""


class Stopped(Exception):
    """Somebody asked to stop."""


def _stop(_: int, __: FrameType | None) -> None:
    # A terminal that closes may say so twice, and stopping is not to be interrupted.
    _answer(signal.SIG_IGN)
    raise Stopped


def _answer(how: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    signal.signal(signal.SIGTERM, how)
    signal.signal(signal.SIGINT, how)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # As it is under nohup.
        signal.signal(signal.SIGHUP, how)


def _watch(stack: Stack) -> int:
    while True:
        dead = [name for name, process in stack.processes.items() if not process.alive()]
        if dead:
            print(f"ended by itself: {', '.join(dead)}; see {stack.folder}", file=sys.stderr)
            return 1
        time.sleep(WATCH_SECONDS)


def _settings() -> Stack:
    """Return the stack that the environment asks for; exits with 2 and a line on misuse."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = Parser("devstack", description=__doc__, epilog=SETTINGS, formatter_class=raw)
    parser.parse_args()

    def number(name: str, default: int, most: int) -> int:
        text = os.environ.get(name) or str(default)
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
            parser.error(f"{name}={text} is no whole number from 1 to {most}")
        return int(text)

    gateways = number("GATEWAYS", GATEWAYS, MOST_GATEWAYS)
    port = number("PORT", 8080, HIGHEST_PORT - gateways)
    return Stack(Path(os.environ.get("RUN_DIR") or ".run"), port, os.environ, gateways)


def _tell(stack: Stack) -> None:
    first, *others = stack.urls
    shop = f"    shop: {first}/shop/" if stack.shows_shop else ""
    print(f"gateway 1  {first}    sign in: {first}/login{shop}")
    for n, url in enumerate(others, 2):
        print(f"gateway {n}  {url}    the same sessions")
    print(f"logs and state are in {stack.folder}; Ctrl-C stops everything", flush=True)


def _run(stack: Stack) -> int:
    """Run until told to stop; 0 then, 1 when something did not start or ended by itself."""
    _answer(_stop)
    try:
        stack.start()
        _tell(stack)
        return _watch(stack)
    except Stopped:
        with contextlib.suppress(OSError):  # The terminal may be gone.
            print("stopping", file=sys.stderr)
        return 0
    except (StartError, NoRedisError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        _answer(signal.SIG_IGN)
        stack.stop()


def main() -> int:
    """Run the stack in its folder; 2 when the folder or a setting cannot be used."""
    os.umask(0o077)  # Passwords' hashes and sessions are for this user alone.
    stack = _settings()
    try:
        with held(stack.folder) as stack.lock:
            return _run(stack)
    except RunFolderError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
