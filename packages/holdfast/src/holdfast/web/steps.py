"""Steps towards a store, and the two ways to go them: the only code that knows both."""

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from holdfast.errors import HoldfastError

T = TypeVar("T")
Step = Callable[[Any], Any]
"""Calls one verb of a store, blocking or awaited."""

Steps = Generator[Step, Any, T]
"""Steps in their order. Each gets what the verb returned or raised; the last result is T."""


def drive(steps: Steps[T], store: Any) -> T:
    """Carry steps to a blocking store. Raises what a verb raises, unless the steps catch it."""
    try:
        step = next(steps)
        while True:
            try:
                answer = step(store)
            except HoldfastError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result


async def drive_async(steps: Steps[T], store: Any) -> T:
    """Carry steps to an asyncio store. Raises as `drive` does."""
    try:
        step = next(steps)
        while True:
            try:
                answer = await step(store)
            except HoldfastError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        result: T = end.value
        return result
