"""Calls that are made in one turn of the event loop travel together: one pipeline, one deadline."""

import asyncio
from typing import Any

Waiting = list[tuple[asyncio.Future[Any], tuple[Any, ...]]]


class Turns:
    """Coalesces commands over a driver's asyncio client, plain, Sentinel or Cluster.

    The commands of one turn share a pipeline and nothing else: each gets its own reply or error.
    Turns do not wait for each other. Measured in docs/decisions/0004.

    `learns`: the client finds its way anew within a call, as a cluster's does after a fail-over,
    and may take longer than callers wait. What they gave up goes on behind them then; cancelled,
    each call would begin to learn from nothing.
    """

    def __init__(self, client: Any, timeout_s: float, *, learns: bool = False) -> None:
        self._client, self._timeout_s, self._learns = client, timeout_s, learns
        self._waiting: Waiting = []
        self._sending: set[asyncio.Task[Any]] = set()

    async def send(self, *command: Any) -> Any:
        """Send a command with the others of this turn; return its reply.

        Raises the driver's errors, and TimeoutError after `timeout_s`.
        """
        loop = asyncio.get_running_loop()
        reply = loop.create_future()
        self._waiting.append((reply, command))
        if len(self._waiting) == 1:
            loop.call_soon(self._depart)
        return await reply

    def _depart(self) -> None:
        batch, self._waiting = self._waiting, []
        # A task of its own: a caller that is cancelled takes no other along.
        self._keep(asyncio.create_task(self._carry(batch)))

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._sending.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._sending.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, or the loop would complain of it

    async def _carry(self, batch: Waiting) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                replies = await self._exchange_in_full([command for _, command in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, each caller is told
            replies = [error] * len(batch)
        for (waiting, _), reply in zip(batch, replies, strict=True):
            if waiting.done():
                continue
            if isinstance(reply, Exception):
                waiting.set_exception(reply)
            else:
                waiting.set_result(reply)

    async def _exchange_in_full(self, commands: list[tuple[Any, ...]]) -> list[Any]:
        if not self._learns:
            return await self._exchange(commands)
        task = asyncio.create_task(self._exchange(commands))
        self._keep(task)
        return await asyncio.shield(task)

    async def _exchange(self, commands: list[tuple[Any, ...]]) -> list[Any]:
        pipe = self._client.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        replies: list[Any] = await pipe.execute(raise_on_error=False)
        return replies
