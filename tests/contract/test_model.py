"""Redis does what the memory model does, over random interleavings of two users' sessions."""

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from holdfast import Intent, Keys, Lifetime, LimitPolicy, Limits, Op, Reason, Token, User
from holdfast.calls import Call
from holdfast.conditions import ABSENT, any_of, none_of
from holdfast.errors import HoldfastError
from holdfast.intents import tag_of
from holdfast.memory import MemoryStore
from holdfast.redis_store import RedisStore
from holdfast.replies import Reply
from holdfast.token import bucket_of_user, new_public_id

T = TypeVar("T")
USERS = (User("u-one", "One", ("editor",)), User("u-two", "Twö"))
LIMITS = Limits(value_bytes=60, session_bytes=120, names=3)
VALUES = [
    b"[[],{}]",
    b"12345678901234567",
    b' [ 1 , "a,]\\"" ] ',
    b"[]",
    b"7",
    b'"\xf0\x9f\x90\x9a"',
]
ITEMS = [b"1", b'"a,]\\""', b"{}", b"[[],{}]"]


class ObservedStore(RedisStore):
    """Notes Redis's clock as each reply tells it: the model lives at the same instant."""

    at = 0

    def run(self, call: Call[T]) -> T:
        def parse(reply: Reply) -> T:
            self.at = int(reply[0])
            return call.parse(reply)

        return super().run(Call(call.script, call.key, call.args, parse, call.repeatable))


def intents() -> st.SearchStrategy[Intent]:
    names = st.sampled_from(["a", "b", "c", "d"])
    known = [ABSENT, tag_of(b"7"), tag_of(b"[]")]
    lists = st.lists(st.sampled_from(known))
    tags = st.one_of(
        st.none(), st.none(), st.sampled_from(known), lists.map(any_of), lists.map(none_of)
    )
    return st.one_of(
        st.builds(Intent, st.just(Op.SET), names, st.sampled_from(VALUES), tags),
        st.builds(Intent, st.just(Op.DELETE), names, st.just(b""), tags),
        st.builds(Intent, st.just(Op.INCREMENT), names, st.sampled_from([b"1", b"-7"]), tags),
        st.builds(
            Intent,
            st.sampled_from([Op.APPEND, Op.ADD, Op.REMOVE]),
            names,
            st.sampled_from(ITEMS),
            tags,
        ),
    )


MOMENTS = st.sampled_from([3, 20, 60_000])
CHANGES = st.lists(intents(), max_size=4)
WHICH = st.integers(0, 5)


class Interleavings(RuleBasedStateMachine):
    """The same verbs go to both stores; their answers are the same, times included."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.store = ObservedStore(self.url, Keys(secrets.token_hex(6), b"p" * 32), timeout_s=5)
        self.model = MemoryStore(lambda: self.store.at)
        self.tokens: list[Token] = [Token.new(bucket_of_user(USERS[0].id))]
        self.ids: list[str] = ["s_none"]

    def teardown(self) -> None:
        self.store.close()

    def both(self, verb: Callable[[Any], Any]) -> Any:
        answers = []
        for one in (self.store, self.model):
            try:
                answers.append(verb(one))
            except HoldfastError as error:
                answers.append((type(error), str(error)))
        assert answers[0] == answers[1]
        return answers[0]

    def token(self, which: int) -> Token:
        return self.tokens[-1 - which % len(self.tokens)]

    @rule(
        user=st.sampled_from([*USERS, None]),
        idle=MOMENTS,
        absolute=MOMENTS,
        intents=CHANGES,
        policy=st.sampled_from(LimitPolicy),
    )
    def create(
        self,
        user: User | None,
        idle: int,
        absolute: int,
        intents: list[Intent],
        policy: LimitPolicy,
    ) -> None:
        token = Token.new(bucket_of_user(user.id) if user else 7)
        public_id = new_public_id()
        self.tokens.append(token)
        self.ids.append(public_id)
        self.both(
            lambda store: store.create(
                token,
                Lifetime(idle, absolute),
                user=user,
                epoch=store.epoch(user.id) if user else "",
                intents=intents,
                limits=LIMITS,
                max_sessions=2,
                policy=policy,
                public_id=public_id,
            )
        )

    @rule(
        which=WHICH,
        passive=st.booleans(),
        with_data=st.booleans(),
        touch_ms=st.sampled_from([0, 10]),
    )
    def load(self, which: int, passive: bool, with_data: bool, touch_ms: int) -> None:
        token = self.token(which)
        self.both(
            lambda store: store.load(token, passive=passive, with_data=with_data, touch_ms=touch_ms)
        )

    @rule(
        which=WHICH,
        intents=CHANGES,
        version=st.sampled_from(
            [None, None, 0, 1, 2, any_of("12"), none_of("12"), any_of(""), none_of("")]
        ),
        key=st.sampled_from([None, "k1", "k2"]),
        fingerprint=st.sampled_from(["f1", "f2"]),
    )
    def commit(
        self,
        which: int,
        intents: list[Intent],
        version: int | str | None,
        key: str | None,
        fingerprint: str,
    ) -> None:
        token = self.token(which)
        self.both(
            lambda store: store.commit(
                token,
                intents,
                if_version=version,
                idempotency_key=key,
                fingerprint=fingerprint,
                limits=LIMITS,
                touch_ms=0,
            )
        )

    @rule(which=WHICH, privilege=st.booleans(), grace_ms=st.sampled_from([1, 60_000]))
    def rotate(self, which: int, privilege: bool, grace_ms: int) -> None:
        token = self.token(which)
        new = Token.new(token.bucket)
        self.tokens.append(new)
        self.both(lambda store: store.rotate(token, new, privilege=privilege, grace_ms=grace_ms))

    @rule(which=WHICH)
    def take(self, which: int) -> None:
        token = self.token(which)
        self.both(lambda store: store.take(token))

    @rule(which=WHICH, reason=st.sampled_from(Reason))
    def end(self, which: int, reason: Reason) -> None:
        token = self.token(which)
        self.both(lambda store: store.end(token, reason))

    @rule(user=st.sampled_from(USERS), which=WHICH)
    def end_one(self, user: User, which: int) -> None:
        public_id = self.ids[-1 - which % len(self.ids)]
        self.both(lambda store: store.end_one(user.id, public_id))

    @rule(user=st.sampled_from(USERS), which=st.one_of(st.none(), WHICH))
    def end_user(self, user: User, which: int | None) -> None:
        keep = None if which is None else self.token(which)
        if keep and keep.bucket != bucket_of_user(user.id):
            keep = None
        self.both(lambda store: store.end_user(user.id, Reason.REVOKED, keep=keep))

    @rule(user=st.sampled_from(USERS), which=WHICH)
    def peek(self, user: User, which: int) -> None:
        public_id = self.ids[-1 - which % len(self.ids)]
        self.both(lambda store: store.peek(user.id, public_id))

    @rule(user=st.sampled_from(USERS))
    def list_user(self, user: User) -> None:
        self.both(lambda store: store.list_user(user.id))


@pytest.fixture
def machine(redis_url: str) -> type[Interleavings]:
    return type("OnRedis", (Interleavings,), {"url": redis_url})


def test_redis_answers_as_the_model_does(machine: type[Interleavings]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=150,
            stateful_step_count=40,
            deadline=None,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
