"""`make run`: the whole stack until Ctrl-C or SIGTERM."""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from devstack.process import StartError
from devstack.redis_server import NoRedisError
from devstack.stack import Stack

WATCH_SECONDS = 0.5


class Stopped(Exception):
    """Somebody asked to stop."""


def _stop(_: int, __: FrameType | None) -> None:
    raise Stopped


def _watch(stack: Stack) -> int:
    while True:
        dead = [name for name, process in stack.processes.items() if not process.alive()]
        if dead:
            print(f"ended by itself: {', '.join(dead)}; see {stack.folder}", file=sys.stderr)
            return 1
        time.sleep(WATCH_SECONDS)


def main() -> int:
    """Run until told to stop; 0 then, 1 when something did not start or ended by itself."""
    folder, port = Path(os.environ.get("RUN_DIR", ".run")), int(os.environ.get("PORT", "8080"))
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    stack = Stack(folder, port, os.environ)
    try:
        stack.start()
        first, second = stack.urls
        print(f"gateway 1  {first}    sign in: {first}/login    shop: {first}/shop/")
        print(f"gateway 2  {second}    the same sessions")
        print(f"logs and state are in {stack.folder}; Ctrl-C stops everything", flush=True)
        return _watch(stack)
    except Stopped:
        return 0
    except (StartError, NoRedisError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        stack.stop()


if __name__ == "__main__":
    sys.exit(main())
