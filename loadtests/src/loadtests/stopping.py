"""Being asked to stop, by Ctrl-C or by SIGTERM: both end what was started, and leave a report."""

import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

_ASKED = (signal.SIGINT, signal.SIGTERM)


def by_sigterm_as_by_ctrl_c() -> None:
    """Have SIGTERM raise KeyboardInterrupt too, so that whatever is open is closed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def run(command: Sequence[str]) -> tuple[int, bool]:
    """Run a child to its end; return its exit code, and whether we were asked to stop meanwhile.

    The child ends in good order then: Ctrl-C reaches it too, SIGTERM is passed on.
    """
    asked: list[int] = []
    children: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        asked.append(number)
        if number == signal.SIGTERM:
            for child in children:
                child.terminate()

    with _handled_by(pass_on), subprocess.Popen(command) as child:  # noqa: S603 - it is ours
        children.append(child)
        if signal.SIGTERM in asked:
            child.terminate()
        return child.wait(), bool(asked)


@contextmanager
def put_off() -> Iterator[None]:
    """Do not be cut short: everything is being stopped already."""
    with _handled_by(lambda *_: None):
        yield


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    # Not SIG_IGN, which a child inherits.
    before = {number: signal.signal(number, handler) for number in _ASKED}
    try:
        yield
    finally:
        for number, one in before.items():
            signal.signal(number, one)
