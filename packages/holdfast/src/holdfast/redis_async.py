"""The asyncio store on Redis. Its verbs' meaning is told in holdfast.store."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from redis.asyncio.cluster import RedisCluster
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import NoScriptError

from holdfast.breaker import Breaker, OnChange, only, tell_nobody
from holdfast.calls import Call, Calls
from holdfast.errors import HoldfastError
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
from holdfast.observer import Nobody, Observer
from holdfast.redis_breakers import ShardBreakers
from holdfast.redis_client import connect_async, with_its_sentinels
from holdfast.redis_errors import TRANSLATED, pause_before_retry, translate
from holdfast.redis_link import Links
from holdfast.redis_shards import Shards
from holdfast.redis_wait import confirmed, wait_for
from holdfast.token import Token

T = TypeVar("T")


class AsyncRedisStore:
    """Sessions in Redis (>= 6.2) or Valkey, for one event loop.

    Every call is answered or fails within `timeout_s`, the look-up of the name included; after a
    few failures it fails at once (holdfast.breaker), and `on_change` is told. Verbs that end
    sessions return when `wait_replicas` replicas have that, too, or raise NotConfirmed. `observer`
    is told of each call. A `url` that tells several servers wrongly raises ValueError.
    """

    def __init__(
        self,
        url: str,
        keys: Keys,
        *,
        timeout_s: float = 0.25,
        wait_replicas: int = 0,
        on_change: OnChange = tell_nobody,
        observer: Observer | None = None,
    ) -> None:
        self._calls, self._observer = Calls(keys), observer or Nobody()
        self._time: Callable[[], float] = self._first_time
        self._timeout_s, self._wait_replicas = timeout_s, wait_replicas
        self._client = connect_async(url, timeout_s)
        self._way: Links | Shards
        self._breaker_of: Callable[[str], Breaker]
        if isinstance(self._client, RedisCluster):
            self._way = Shards(self._client, timeout_s)
            self._breaker_of = partial(ShardBreakers(on_change).of, self._client)
        else:
            self._way = Links(self._client.connection_pool.make_connection, timeout_s)
            self._breaker_of = only(Breaker(on_change))
        # Bound here, for it is asked at each call.
        self._send = self._send_by_its_kind if wait_replicas else self._way.send

    def _first_time(self) -> float:
        # The loop is asked for once, since Python looks up the process's id for that.
        self._time = asyncio.get_running_loop().time
        return self._time()

    def _send_by_its_kind(self, call: Call[T], deadline: float) -> Awaitable[Any]:
        return (self._send_and_wait if call.lasting else self._way.send)(call, deadline)

    async def _send_and_wait(self, call: Call[T], deadline: float) -> Any:
        wait = wait_for(self._wait_replicas, deadline - self._time())
        return confirmed(await self._way.alone(call, deadline, wait), self._wait_replicas)

    async def _send_whole(self, call: Call[T], deadline: float) -> Any:
        # The script was not there, so nothing ran: sending it whole is safe for writes too.
        async with asyncio.timeout_at(deadline):
            return await self._way.send(call, deadline, whole=True)

    async def _send_again(self, call: Call[T], lost: LostConnection, deadline: float) -> Any:
        pause_s = pause_before_retry(lost, repeatable=call.repeatable)
        if pause_s is None:
            raise lost
        async with asyncio.timeout_at(deadline):
            await asyncio.sleep(pause_s)
            try:
                return await self._send(call, deadline)
            except NoScriptError:
                return await self._send_whole(call, deadline)

    async def _mend(self, call: Call[T], error: Exception, deadline: float) -> Any:
        """Carry a call whose first try failed so that it may be sent again. Raises StoreError."""
        try:
            if isinstance(error, NoScriptError):
                try:
                    return await self._send_whole(call, deadline)
                except LostConnection as lost:
                    error = lost
            if isinstance(error, LostConnection):
                return await self._send_again(call, error, deadline)
        except TRANSLATED as last:
            error = last
        raise translate(error) from error

    async def run(self, call: Call[T]) -> T:
        """Carry one call to Redis. Raises StoreError and what the reply tells."""
        start = time.perf_counter()
        try:
            with self._breaker_of(call.key):
                deadline = self._time() + self._timeout_s
                try:
                    # No coroutine between here and the reply: each on the way costs 0.2 us.
                    reply = await self._send(call, deadline)
                except TRANSLATED as error:
                    reply = await self._mend(call, error, deadline)
                result = call.parse(reply)
        except HoldfastError as error:
            self._observer.failed(call, error, time.perf_counter() - start)
            raise
        self._observer.called(call, result, time.perf_counter() - start)
        return result

    async def close(self) -> None:
        """Give the connections back."""
        self._time = self._first_time
        await self._way.close()
        for client in with_its_sentinels(self._client):
            await client.aclose()

    async def ping(self) -> int:
        """Return Redis's clock in ms, by a real script call."""
        return await self.run(self._calls.ping())

    async def recognise(self) -> None:
        """Leave our mark in the store, by a write. Raises ForeignStore, StoreError."""
        await self.run(self._calls.recognise())

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
        if_version: int | str | None = None,
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

    async def peek(self, user_id: str, public_id: str) -> Session | None:
        """See SessionStore.peek."""
        return await self.run(self._calls.peek(user_id, public_id))

    async def list_user(self, user_id: str) -> list[Session]:
        """See SessionStore.list_user."""
        return await self.run(self._calls.list_user(user_id))

    async def attempt(
        self, name: str, limit: int, window_ms: int, *, beside: Mapping[str, int] | None = None
    ) -> int:
        """Count an attempt under `name`, unless `limit` are counted in this window.

        Return 0, or the ms until the window is over. Counter and expiry are set in one step.
        `beside` has further names with their limits; where one limit is reached nothing is counted.
        """
        return await self.run(self._calls.attempt(name, limit, window_ms, beside or {}))

    async def forgive(
        self, name: str, *, every: bool = False, beside: Mapping[str, bool] | None = None
    ) -> bool:
        """Take one counted attempt back, or all of them.

        `beside` has further names that were counted along with this one, and whether of `every`.
        """
        return await self.run(self._calls.forgive(name, every=every, beside=beside or {}))
