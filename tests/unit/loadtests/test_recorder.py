"""What is kept of a request: an answer, none, or that we hung up."""

from collections.abc import Callable

import pytest

from loadtests.record import NO_TOKEN, History, Outcome, Verb
from loadtests.recorder import Recorder
from loadtests.series import Series
from loadtests.targets import CommonTarget
from loadtests.wire import Answer, Request


class Wired:
    """A wire that does as it is told."""

    def __init__(self, does: Callable[[], Answer]) -> None:
        self._does = does

    def send(self, _base: str, _request: Request, /) -> Answer:
        """See Wire.send."""
        return self._does()


def recorder(does: Callable[[], Answer]) -> Recorder:
    return Recorder("me", CommonTarget(1.0), ["http://a:1", "http://b:2"], Wired(does))


def cut() -> Answer:
    raise SystemExit  # How a greenlet is ended: no Exception.


def test_a_request_that_we_cut_off_is_on_record_and_is_no_failure_of_the_server() -> None:
    mine, series = recorder(cut), Series()
    with pytest.raises(SystemExit):
        mine.ask(Verb.INCREMENT, mine.device(), name="n")
    (op,) = mine.ops

    assert op.outcome is Outcome.CUT
    series.add(History("me", "test", mine.ops))
    assert list(series.failed) == [0]


def test_no_answer_is_a_failure() -> None:
    mine, series = recorder(lambda: Answer(0)), Series()
    op, _ = mine.ask(Verb.READ, mine.device())

    assert (op.outcome, op.instance, op.new_token) == (Outcome.LOST, "", NO_TOKEN)
    series.add(History("me", "test", mine.ops))
    assert list(series.failed) == [1]


def test_who_answered_is_the_address_where_the_answer_does_not_say() -> None:
    mine = recorder(lambda: Answer(401))

    told = {mine.ask(Verb.READ, mine.device())[0].instance for _ in range(4)}
    assert told == {"a:1", "b:2"}
