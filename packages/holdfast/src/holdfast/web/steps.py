"""Steps towards a store, and the two ways to go them: the only code that knows both."""

from collections.abc import Callable, Generator
from typing import Any

Step = Callable[[Any], Any]
"""Calls one verb of a store, blocking or awaited."""

Steps = Generator[Step, Any, None]
"""Steps in their order. Each is answered with what the verb returned."""


def drive(steps: Steps, store: Any) -> None:
    """Carry steps to a blocking store."""
    answer = None
    try:
        while True:
            answer = steps.send(answer)(store)
    except StopIteration:
        return


async def drive_async(steps: Steps, store: Any) -> None:
    """Carry steps to an asyncio store."""
    answer = None
    try:
        while True:
            answer = await steps.send(answer)(store)
    except StopIteration:
        return
