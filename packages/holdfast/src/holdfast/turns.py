"""Calls that are made in one turn of the event loop travel together: one pipeline, one deadline."""

import asyncio
from typing import Any

Waiting = list[tuple[asyncio.Future[Any], tuple[Any, ...]]]


class Turns:
    """Coalesces commands over a driver's asyncio client, plain, Sentinel or Cluster.

    The commands of one turn share a pipeline and nothing else: each gets its own reply or error.
    Turns do not wait for each other. Measured in docs/decisions/0004.
    """

    def __init__(self, client: Any, timeout_s: float) -> None:
        self._client, self._timeout_s = client, timeout_s
        self._waiting: Waiting = []
        self._sending: set[asyncio.Task[None]] = set()

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
        task = asyncio.create_task(self._carry(batch))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _carry(self, batch: Waiting) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                replies = await self._exchange([command for _, command in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, each caller is told
            replies = [error] * len(batch)
        for (waiting, _), reply in zip(batch, replies, strict=True):
            if waiting.done():
                continue
            if isinstance(reply, Exception):
                waiting.set_exception(reply)
            else:
                waiting.set_result(reply)

    async def _exchange(self, commands: list[tuple[Any, ...]]) -> list[Any]:
        pipe = self._client.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        replies: list[Any] = await pipe.execute(raise_on_error=False)
        return replies
