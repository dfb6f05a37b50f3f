"""Whatever keys Redis loses, no session comes back to life (G3)."""

import contextlib
import secrets
from collections.abc import Iterator

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from support import redis_server

from holdfast import Ended, Intent, Keys, Lifetime, LimitPolicy, Op, Reason, Rotated, Token, User
from holdfast.errors import EpochChanged, TooManyRotations, TooManySessions
from holdfast.redis_store import RedisStore
from holdfast.token import bucket_of_user

LIFETIME = Lifetime(1_800_000, 43_200_000)
USERS = (User("u-one", "One"), User("u-three", "Three"))
WHICH = st.integers(0, 9)
# None: an anonymous session.
WHO = st.sampled_from([*USERS, None])
# Kinds of keys, all of which are lost: indexes, epochs, answers, taken data, markers.
LOST = st.sets(st.sampled_from(["u", "e", "i", "k", "x"]), max_size=3)
INCREMENT = [Intent(Op.INCREMENT, "n", b"1")]


class LosingKeys(RuleBasedStateMachine):
    """Random verbs, between which Redis loses random keys; what is over stays over."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.prefix, pepper = secrets.token_hex(6), secrets.token_bytes(32)
        old, new = Keys(self.prefix, pepper), Keys(self.prefix, secrets.token_bytes(32), pepper)
        # The same store before and after its pepper was changed.
        self.stores = [RedisStore(self.url, keys, timeout_s=5) for keys in (old, new)]
        self.client = redis.Redis.from_url(self.url)
        self.client.flushall()
        self.tokens: dict[Token, User | None] = {}
        # The first token of each token's session.
        self.first: dict[Token, Token] = {}
        self.over: set[Token] = set()
        # Logins that have read the epoch and did not begin their session yet.
        self.logins: list[tuple[User, str, bool]] = []

    def teardown(self) -> None:
        for store in self.stores:
            store.close()
        self.client.close()

    @property
    def store(self) -> RedisStore:
        return self.stores[0]

    def token(self, which: int) -> Token | None:
        return list(self.tokens)[-1 - which % len(self.tokens)] if self.tokens else None

    def begun(self, token: Token, user: User | None, before: Token | None = None) -> None:
        self.tokens[token], self.first[token] = user, self.first[before] if before else token

    def session_of(self, token: Token) -> set[Token]:
        return {one for one in self.tokens if self.first[one] == self.first[token]}

    @rule()
    def change_the_pepper(self) -> None:
        if len(self.stores) > 1:
            self.stores.pop(0).close()

    @rule(user=st.sampled_from(USERS))
    def read_the_epoch(self, user: User) -> None:
        self.logins.append((user, self.store.epoch(user.id), True))

    @rule(policy=st.sampled_from(LimitPolicy), most=st.sampled_from([2, 5]))
    def log_in(self, policy: LimitPolicy, most: int) -> None:
        if not self.logins:
            return
        user, epoch, allowed = self.logins.pop(0)
        token = Token.new(bucket_of_user(user.id))
        try:
            self.store.create(
                token, LIFETIME, user=user, epoch=epoch, max_sessions=most, policy=policy
            )
        except (EpochChanged, TooManySessions):
            return
        assert allowed, "a login began a session although all were ended after it read the epoch"
        self.begun(token, user)

    @rule(user=st.sampled_from(USERS))
    def log_in_at_once(self, user: User) -> None:
        token = Token.new(bucket_of_user(user.id))
        self.store.create(
            token, LIFETIME, user=user, epoch=self.store.epoch(user.id), max_sessions=9
        )
        self.begun(token, user)

    @rule()
    def visit(self) -> None:
        token = Token.new(bucket_of_user(USERS[0].id))
        self.store.create(token, LIFETIME)
        self.begun(token, None)

    @rule(which=WHICH)
    def rotate(self, which: int) -> None:
        token = self.token(which)
        if token is None:
            return
        new = Token.new(token.bucket)
        done: object = None
        with contextlib.suppress(TooManyRotations):
            done = self.store.rotate(token, new)
        if isinstance(done, Rotated) and done.installed:
            assert token not in self.over
            self.begun(new, self.tokens[token], token)

    @rule(which=WHICH)
    def change_privilege(self, which: int) -> None:
        token = self.token(which)
        if token is None:
            return
        new = Token.new(token.bucket)
        if isinstance(self.store.rotate(token, new, privilege=True), Rotated):
            assert token not in self.over
            self.over |= self.session_of(token)
            self.begun(new, self.tokens[token], token)

    @rule(which=WHICH)
    def commit(self, which: int) -> None:
        token = self.token(which)
        if token and token in self.over:
            assert isinstance(self.store.commit(token, INCREMENT, idempotency_key="k"), Ended)
        elif token:
            self.store.commit(token, INCREMENT, idempotency_key="k")

    @rule(which=WHICH)
    def take(self, which: int) -> None:
        token = self.token(which)
        if token and self.tokens[token] is None:
            self.store.take(token)
            self.over.add(token)

    @rule(which=WHICH)
    def end(self, which: int) -> None:
        token = self.token(which)
        if token:
            ended = self.store.end(token)
            self.over |= self.session_of(token) if ended else {token}

    @rule(user=st.sampled_from(USERS), which=WHICH)
    def end_one(self, user: User, which: int) -> None:
        listed = self.store.list_user(user.id)
        if listed:
            public_id = listed[which % len(listed)].id
            assert self.store.end_one(user.id, public_id)
            assert self.store.peek(user.id, public_id) is None

    @rule(user=st.sampled_from(USERS), which=st.one_of(st.none(), WHICH), before=LOST, after=LOST)
    def end_user(self, user: User, which: int | None, before: set[str], after: set[str]) -> None:
        self.lose(before)
        keep = None if which is None else self.token(which)
        if keep and self.tokens[keep] != user:
            keep = None
        self.store.end_user(user.id, Reason.PASSWORD_CHANGED, keep=keep)
        spared = self.session_of(keep) if keep else set()
        self.over |= {token for token, of in self.tokens.items() if of == user} - spared
        self.logins = [(of, epoch, ok and of != user) for of, epoch, ok in self.logins]
        self.lose(after)

    @rule(before=LOST, after=LOST)
    def end_everybody(self, before: set[str], after: set[str]) -> None:
        self.lose(before)
        self.store.end_everybody()
        self.over |= {token for token, of in self.tokens.items() if of}
        # What begins in the same millisecond is over, too.
        at = self.store.ping()
        while self.store.ping() == at:
            pass
        self.lose(after)

    @rule(which=st.integers(0, 1_000_000))
    def lose_a_key(self, which: int) -> None:
        keys = sorted(self.client.scan_iter(f"{self.prefix}:*"))
        if keys:
            self.client.delete(keys[which % len(keys)])

    @rule(kinds=LOST)
    def lose(self, kinds: set[str]) -> None:
        for kind in kinds:
            for key in self.client.scan_iter(f"{self.prefix}:{{*}}:{kind}*"):
                self.client.delete(key)

    @invariant()
    def what_is_over_stays_over(self) -> None:
        for token in self.over:
            assert isinstance(self.store.load(token, passive=True), Ended)


@pytest.fixture
def machine() -> Iterator[type[LosingKeys]]:
    """Give the machine on a Redis of its own, in which it finds keys fast."""
    with redis_server.running() as url:
        yield type("OnRedis", (LosingKeys,), {"url": url})


def test_what_is_over_stays_over_whatever_keys_are_lost(machine: type[LosingKeys]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=120,
            stateful_step_count=25,
            deadline=None,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
