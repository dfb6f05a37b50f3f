"""A cluster's calls that are made in one turn of the event loop travel together: one pipeline."""

import asyncio
from typing import Any

Waiting = list[tuple[asyncio.Future[Any], tuple[Any, ...]]]


class Turns:
    """Coalesces commands over the driver's asyncio client for Cluster, which knows the nodes.

    The commands of one turn share a pipeline and a deadline and nothing else: each gets its own
    reply or error. Turns do not wait for each other.

    After a fail-over the client finds its way anew within a call, and may take longer than callers
    wait. What they gave up goes on behind them; cancelled, each would begin to learn from nothing.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._waiting: Waiting = []
        self._sending: set[asyncio.Task[Any]] = set()

    async def send(self, deadline: float, *command: Any) -> Any:
        """Send a command with the others of this turn; return its reply.

        `deadline` is a time of the loop's; a turn has that of its first call.
        Raises the driver's errors, and TimeoutError.
        """
        loop = asyncio.get_running_loop()
        reply = loop.create_future()
        self._waiting.append((reply, command))
        if len(self._waiting) == 1:
            loop.call_soon(self._depart, deadline)
        return await reply

    def _depart(self, deadline: float) -> None:
        batch, self._waiting = self._waiting, []
        # A task of its own: a caller that is cancelled takes no other along.
        self._keep(asyncio.create_task(self._carry(batch, deadline)))

    def _keep(self, task: asyncio.Task[Any]) -> asyncio.Task[Any]:
        self._sending.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._sending.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, or the loop would complain of it

    async def _carry(self, batch: Waiting, deadline: float) -> None:
        commands = [command for _, command in batch]
        exchange = self._keep(asyncio.create_task(self._exchange(commands)))
        try:
            async with asyncio.timeout_at(deadline):
                replies = await asyncio.shield(exchange)
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

    async def close(self) -> None:
        """Do nothing: the connections are the client's."""
