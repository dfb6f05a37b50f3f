"""The blocking store on Redis. Its verbs' meaning is told in holdfast.store."""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as DeadlineError
from typing import Any, TypeVar

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
from holdfast.redis_client import connect, like, with_its_sentinels
from holdfast.redis_errors import TRANSLATED, pause_before_retry, translate
from holdfast.redis_url import several
from holdfast.redis_wait import confirmed, run_both, wait_for
from holdfast.token import Token

T = TypeVar("T")
_THREADS = 32


class RedisStore:
    """Sessions in Redis (>= 6.2) or Valkey, for threads.

    Every call is answered or fails within `timeout_s`. No socket timeout covers the look-up of a
    name, so calls run on threads of the store's own and the caller waits that long and no longer.
    `url` may also be a `redis.Redis` that leads to the server (TypeError for its other kinds). One
    that tells several servers wrongly raises ValueError.
    After a few failures calls fail at once (holdfast.breaker), and `on_change` is told. Verbs that
    end sessions return when `wait_replicas` replicas have that, too, or raise NotConfirmed.
    `observer` is told of each call.
    """

    def __init__(
        self,
        url: Any,
        keys: Keys,
        *,
        timeout_s: float = 0.25,
        wait_replicas: int = 0,
        on_change: OnChange = tell_nobody,
        observer: Observer | None = None,
    ) -> None:
        self._calls, self._observer = Calls(keys), observer or Nobody()
        self._timeout_s, self._wait_replicas = timeout_s, wait_replicas
        self._url, self._opening = url, threading.Lock()
        self._client = None if isinstance(url, str) else like(url, timeout_s)
        self._breaker_of: Callable[[str], Breaker]
        place = several(url) if isinstance(url, str) else None
        if place is not None and place.kind == "cluster":
            shards = ShardBreakers(on_change)
            self._breaker_of = lambda key: shards.of(self._client, key)
        else:
            self._breaker_of = only(Breaker(on_change))
        self._pid, self._threads = 0, _executor()

    def _open(self) -> Any:
        # A cluster's client asks its nodes as soon as it is made, so it is made by the first call.
        with self._opening:
            if self._client is None:
                self._client = connect(self._url, self._timeout_s)
            return self._client

    def _send(self, call: Call[T], deadline: float) -> list[Any]:
        client = self._client or self._open()
        if call.lasting and self._wait_replicas:
            wait = wait_for(self._wait_replicas, deadline - time.monotonic())
            # Whole, for a WAIT behind a script that is not there would use up the time.
            replies = run_both(client, call.key, call.words(whole=True), wait)
            return list(confirmed(replies, self._wait_replicas))
        try:
            reply = client.execute_command(*call.words())
        except NoScriptError:
            # The script was not there, so nothing ran: sending it whole is safe for writes too.
            reply = client.execute_command(*call.words(whole=True))
        return list(reply)

    def _send_in_time(self, call: Call[T], deadline: float) -> list[Any]:
        try:
            return self._send(call, deadline)
        except LostConnection as error:
            pause_s = pause_before_retry(error, repeatable=call.repeatable)
            if pause_s is None or time.monotonic() + pause_s >= deadline:
                raise
        time.sleep(pause_s)
        return self._send(call, deadline)

    def run(self, call: Call[T]) -> T:
        """Carry one call to Redis. Raises StoreError and what the reply tells."""
        start = time.perf_counter()
        try:
            with self._breaker_of(call.key):
                result = call.parse(self._carry(call))
        except HoldfastError as error:
            self._observer.failed(call, error, time.perf_counter() - start)
            raise
        self._observer.called(call, result, time.perf_counter() - start)
        return result

    def _carry(self, call: Call[T]) -> list[Any]:
        if self._pid != os.getpid():
            self._pid, self._threads = os.getpid(), _executor()
        deadline = time.monotonic() + self._timeout_s
        future: Future[list[Any]] = self._threads.submit(self._send_in_time, call, deadline)
        try:
            return future.result(self._timeout_s)
        except (DeadlineError, *TRANSLATED) as error:
            future.cancel()
            raise translate(error) from error

    def close(self) -> None:
        """Give the connections back."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for client in with_its_sentinels(self._client) if self._client else ():
            client.close()

    def ping(self) -> int:
        """Return Redis's clock in ms, by a real script call."""
        return self.run(self._calls.ping())

    def recognise(self) -> None:
        """Leave our mark in the store, by a write. Raises ForeignStore, StoreError."""
        self.run(self._calls.recognise())

    def epoch(self, user_id: str) -> str:
        """See SessionStore.epoch."""
        return self.run(self._calls.epoch(user_id))

    def create(
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
        return self.run(call)

    def load(
        self, token: Token, *, passive: bool = False, with_data: bool = True, touch_ms: int = 30_000
    ) -> Session | Ended:
        """See SessionStore.load."""
        return self.run(
            self._calls.load(token, passive=passive, with_data=with_data, touch_ms=touch_ms)
        )

    def commit(
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
        return self.run(call)

    def rotate(
        self, token: Token, new: Token, *, privilege: bool = False, grace_ms: int = 10_000
    ) -> Rotated | Ended:
        """See SessionStore.rotate."""
        return self.run(self._calls.rotate(token, new, privilege=privilege, grace_ms=grace_ms))

    def take(self, token: Token) -> dict[str, bytes] | Ended:
        """See SessionStore.take."""
        return self.run(self._calls.take(token))

    def end(self, token: Token, reason: Reason = Reason.LOGGED_OUT) -> bool:
        """See SessionStore.end."""
        return self.run(self._calls.end(token, reason))

    def end_one(self, user_id: str, public_id: str, reason: Reason = Reason.REVOKED) -> bool:
        """See SessionStore.end_one."""
        return self.run(self._calls.end_one(user_id, public_id, reason))

    def end_user(self, user_id: str, reason: Reason, *, keep: Token | None = None) -> int:
        """See SessionStore.end_user."""
        return self.run(self._calls.end_user(user_id, reason, keep))

    def end_everybody(self, reason: Reason = Reason.REVOKED_BY_ADMIN) -> None:
        """See SessionStore.end_everybody."""
        for call in self._calls.end_everybody(reason):
            self.run(call)

    def peek(self, user_id: str, public_id: str) -> Session | None:
        """See SessionStore.peek."""
        return self.run(self._calls.peek(user_id, public_id))

    def list_user(self, user_id: str) -> list[Session]:
        """See SessionStore.list_user."""
        return self.run(self._calls.list_user(user_id))

    def attempt(
        self, name: str, limit: int, window_ms: int, *, beside: Mapping[str, int] | None = None
    ) -> int:
        """Count an attempt under `name`, unless `limit` are counted in this window.

        Return 0, or the ms until the window is over. Counter and expiry are set in one step.
        `beside` has further names with their limits; where one limit is reached nothing is counted.
        """
        return self.run(self._calls.attempt(name, limit, window_ms, beside or {}))

    def forgive(
        self, name: str, *, every: bool = False, beside: Mapping[str, bool] | None = None
    ) -> bool:
        """Take one counted attempt back, or all of them.

        `beside` has further names that were counted along with this one, and whether of `every`.
        """
        return self.run(self._calls.forgive(name, every=every, beside=beside or {}))


def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="holdfast")
