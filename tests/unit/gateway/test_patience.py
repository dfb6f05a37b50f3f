"""A slow client is waited for as long as is told, and no longer."""

import asyncio
from collections.abc import Iterator

import pytest

from gateway import patience
from gateway.patience import Patience


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def turn(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_until_complete(asyncio.sleep(0.01))


def test_a_head_that_does_not_come_closes_and_one_that_came_does_not(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "HEAD_SECONDS", 0)
    closed: list[str] = []
    late = Patience(loop, lambda: closed.append("late"))
    prompt = Patience(loop, lambda: closed.append("prompt"))

    late.expect_head()
    prompt.expect_head()
    prompt.head_came()
    turn(loop)

    assert closed == ["late"]


def test_half_a_head_is_not_idle(loop: asyncio.AbstractEventLoop) -> None:
    """The time of a head that began to come is the head's, not the idle connection's."""
    one = Patience(loop, lambda: None)
    one.idle()
    turn(loop)
    assert one.is_idle_for(0)

    one.expect_head()
    turn(loop)
    assert not one.is_idle_for(0)


def test_who_takes_nothing_is_given_up_and_who_takes_a_little_is_not(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "TAKE_SECONDS", 0)
    one = Patience(loop, lambda: None)
    one.stuck()
    turn(loop)
    assert one.is_over

    one.taken()
    assert not one.is_over
