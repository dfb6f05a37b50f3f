"""The asyncio store on Redis. Its verbs' meaning is told in holdfast.store."""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import NoScriptError
from redis.exceptions import TimeoutError as NoAnswer

from holdfast.calls import Call, Calls
from holdfast.intents import Intent
from holdfast.keys import Keys
from holdfast.model import (
    Client,
    Committed,
    Ended,
    Lifetime,
    LimitPolicy,
    Limits,
    Reason,
    Rotated,
    Session,
    User,
)
from holdfast.redis_client import connect_async
from holdfast.redis_errors import TRANSLATED, translate
from holdfast.token import Token

T = TypeVar("T")


class AsyncRedisStore:
    """Sessions in Redis (>= 6.2) or Valkey, for one event loop.

    Every call is answered or fails within `timeout_s`, the look-up of the name included.
    """

    def __init__(self, url: str, keys: Keys, *, timeout_s: float = 0.25) -> None:
        self._calls, self._timeout_s = Calls(keys), timeout_s
        self._client = connect_async(url, timeout_s)
        self._learns = url.startswith("redis+cluster:")
        self._behind: set[asyncio.Task[list[Any]]] = set()

    async def _send(self, call: Call[T]) -> list[Any]:
        try:
            reply = await self._client.evalsha(call.script.sha, 1, call.key, *call.args)
        except NoScriptError:
            # The script was not there, so nothing ran: sending it whole is safe for writes too.
            reply = await self._client.eval(call.script.source, 1, call.key, *call.args)
        return list(reply)

    async def _send_again(self, call: Call[T]) -> list[Any]:
        try:
            return await self._send(call)
        except NoAnswer:
            raise
        except LostConnection:
            if not call.repeatable:
                raise
            return await self._send(call)

    async def _sent(self, call: Call[T]) -> list[Any]:
        if not self._learns:
            return await self._send_again(call)
        # A cluster's client learns of a fail-over within a call, and longer than a caller waits:
        # a call that is given up goes on behind, or every call would begin to learn anew.
        task = asyncio.create_task(self._send_again(call))
        self._behind.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    def _forget(self, task: asyncio.Task[list[Any]]) -> None:
        self._behind.discard(task)
        if not task.cancelled():
            task.exception()

    async def run(self, call: Call[T]) -> T:
        """Carry one call to Redis. Raises StoreUnavailable, StoreFull and what the reply tells."""
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await self._sent(call)
        except TRANSLATED as error:
            raise translate(error) from error
        return call.parse(reply)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def ping(self) -> int:
        """Return Redis's clock in ms, by a real script call."""
        call = self._calls.epoch("ping")
        return await self.run(
            Call(call.script, call.key, call.args, lambda reply: int(reply[0]), repeatable=True)
        )

    async def epoch(self, user_id: str) -> str:
        """See SessionStore.epoch."""
        return await self.run(self._calls.epoch(user_id))

    async def create(
        self,
        token: Token,
        lifetime: Lifetime,
        *,
        user: User | None = None,
        epoch: str = "",
        client: Client = Client(),
        remember: bool = False,
        intents: Sequence[Intent] = (),
        limits: Limits = Limits(),
        max_sessions: int = 10,
        policy: LimitPolicy = LimitPolicy.EVICT_OLDEST,
        public_id: str | None = None,
    ) -> Session:
        """See SessionStore.create."""
        call = self._calls.create(
            token,
            lifetime,
            user=user,
            epoch=epoch,
            client=client,
            remember=remember,
            intents=intents,
            limits=limits,
            max_sessions=max_sessions,
            policy=policy,
            public_id=public_id,
        )
        return await self.run(call)

    async def load(
        self, token: Token, *, passive: bool = False, with_data: bool = True, touch_ms: int = 30_000
    ) -> Session | Ended:
        """See SessionStore.load."""
        return await self.run(
            self._calls.load(token, passive=passive, with_data=with_data, touch_ms=touch_ms)
        )

    async def commit(
        self,
        token: Token,
        intents: Sequence[Intent],
        *,
        if_version: int | None = None,
        idempotency_key: str | None = None,
        fingerprint: str = "",
        limits: Limits = Limits(),
        touch_ms: int = 30_000,
    ) -> Committed | Ended:
        """See SessionStore.commit."""
        call = self._calls.commit(
            token,
            intents,
            if_version=if_version,
            idempotency_key=idempotency_key,
            fingerprint=fingerprint,
            limits=limits,
            touch_ms=touch_ms,
        )
        return await self.run(call)

    async def rotate(
        self, token: Token, new: Token, *, privilege: bool = False, grace_ms: int = 10_000
    ) -> Rotated | Ended:
        """See SessionStore.rotate."""
        return await self.run(
            self._calls.rotate(token, new, privilege=privilege, grace_ms=grace_ms)
        )

    async def take(self, token: Token) -> dict[str, bytes] | Ended:
        """See SessionStore.take."""
        return await self.run(self._calls.take(token))

    async def end(self, token: Token, reason: Reason = Reason.LOGGED_OUT) -> bool:
        """See SessionStore.end."""
        return await self.run(self._calls.end(token, reason))

    async def end_one(self, user_id: str, public_id: str, reason: Reason = Reason.REVOKED) -> bool:
        """See SessionStore.end_one."""
        return await self.run(self._calls.end_one(user_id, public_id, reason))

    async def end_user(self, user_id: str, reason: Reason, *, keep: Token | None = None) -> int:
        """See SessionStore.end_user."""
        return await self.run(self._calls.end_user(user_id, reason, keep))

    async def end_everybody(self, reason: Reason = Reason.REVOKED_BY_ADMIN) -> None:
        """See SessionStore.end_everybody."""
        for call in self._calls.end_everybody(reason):
            await self.run(call)

    async def list_user(self, user_id: str) -> list[Session]:
        """See SessionStore.list_user."""
        return await self.run(self._calls.list_user(user_id))

    async def attempt(self, name: str, limit: int, window_ms: int) -> int:
        """Count an attempt under `name`, unless `limit` are counted in this window.

        Return 0, or the ms until the window is over. Counter and expiry are set in one step.
        """
        return await self.run(self._calls.attempt(name, limit, window_ms))

    async def forgive(self, name: str, *, every: bool = False) -> bool:
        """Take one counted attempt back, or all of them."""
        return await self.run(self._calls.forgive(name, every=every))
