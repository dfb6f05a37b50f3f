"""What every benchmark does around its work: cores, words on the screen, an exit code."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis.exceptions import RedisError

from bench import wrk
from bench.errors import BenchError
from devstack.process import StartError
from devstack.redis_server import NoRedisError
from peers.errors import PeerError


def tell(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def two_cores() -> int:
    """Keep to one core with whatever is started from here on; return the client's core.

    Raises BenchError where there is but one core, or no client.
    """
    wrk.check()
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:  # noqa: PLR2004 - servers and client
        raise BenchError("needs two cores: one for the servers, one for the client")
    os.sched_setaffinity(0, {cores[0]})
    return cores[1]


@contextmanager
def on_core(*cores: int) -> Iterator[None]:
    """Move to other cores for a while, with whatever is started meanwhile."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


def run(bench: Callable[[], None]) -> int:
    """Run it and return the exit code: 2 when it cannot run, with one line that says why."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        bench()
    except (BenchError, PeerError, StartError, NoRedisError, RedisError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0
