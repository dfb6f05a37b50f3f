"""A stack on a Redis that tests may break, and the table of what each fault did."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from e2e.conftest import started
from support import echo as echo_upstream
from support import traffic
from support.echo import Echo
from support.people import Person
from support.redis_server import Server, serving
from support.traffic import TABLE, Traffic
from support.until import until

from devstack.stack import Stack

WARM_UP_REQUESTS = 20
REFUSED_WITHIN = 1.0


class Bench:
    """A whole stack, its Redis, an upstream that counts, and people who use it."""

    def __init__(self, stack: Stack, redis: Server, echo: Echo, people: ExitStack) -> None:
        self.stack, self.redis, self.echo, self._people = stack, redis, echo, people

    def someone(self) -> Person:
        person = Person(*self.stack.urls)
        self._people.callback(person.close)
        return person

    @contextmanager
    def under_load(
        self, fault: str, *, repaired_by: Callable[[], None] | None = None
    ) -> Iterator[Traffic]:
        """Run the block, which breaks something, under traffic; then repair, and account for it."""
        with traffic.running(*self.stack.urls) as load:
            until(load.served(more=WARM_UP_REQUESTS), 20)
            yield load
            if repaired_by:
                repaired_by()
            load.repaired = time.monotonic()
            until(load.served(("read", "write", "login"), more=5), 20)
            until(load.served(more=WARM_UP_REQUESTS), 20)
            load.stop()
            load.result = load.row(fault)
            TABLE.append(load.result)


@contextmanager
def bench_on(redis: Server, folder: Path, **settings: str) -> Iterator[Bench]:
    """Start a stack of one's own; settings override what faults usually run with."""
    with echo_upstream.running() as echo:
        routes = folder / "routes.toml"
        routes.write_text(
            f'[[routes]]\nprefix = "/public"\nupstream = "{echo.url}"\naccess = "public"\n'
            f'[[routes]]\nprefix = "/echo"\nupstream = "{echo.url}"\n'
        )
        env = {
            "HOLDFAST_ROUTES": str(routes),
            "HOLDFAST_REDIS_URL": redis.url,
            "HOLDFAST_LOGIN_ATTEMPTS": "5",
            **settings,
        }
        with started(folder / "run", **env) as stack, ExitStack() as people:
            yield Bench(stack, redis, echo, people)


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Give the stack that most faults share: each test leaves it whole."""
    with serving() as redis, bench_on(redis, tmp_path_factory.mktemp("faults")) as made:
        yield made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, as it stands in docs/failures.md."""
    if not TABLE:
        return
    terminalreporter.section("faults under load")
    terminalreporter.line(
        "| fault | requests | unexpected 401 | 5xx | no answer | longest refusal (s) "
        "| acknowledged writes lost | seconds to recover | without a cookie, p99 (s) |"
    )
    terminalreporter.line("|---|---|---|---|---|---|---|---|---|")
    for row in TABLE:
        terminalreporter.line(
            f"| {row.fault} | {row.requests} | {row.unexpected_401} | {row.refused} "
            f"| {row.unanswered} | {row.longest_refusal:.2f} | {row.writes_lost} "
            f"| {row.recovery:.2f} | {row.visit_p99:.2f} |"
        )
