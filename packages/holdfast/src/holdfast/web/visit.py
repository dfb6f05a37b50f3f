"""One request's session, from the cookie to the answer: the rules, without input or output."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from holdfast.errors import MalformedToken, SessionEnded
from holdfast.intents import Intent, Op
from holdfast.memory import stage
from holdfast.model import Client, Ended, Reason, User
from holdfast.token import Token, bucket_of_user
from holdfast.web.cookie_header import token_of, tokens_of
from holdfast.web.policy import Policy
from holdfast.web.replaced import carry_over, end_replaced, log_out
from holdfast.web.state import PERMANENT, State
from holdfast.web.steps import Steps


@dataclass(frozen=True, slots=True)
class NewCookie:
    """The cookie to send: an empty token clears it. `max_age_s` None: until the browser closes."""

    token: str = ""
    max_age_s: int | None = None


class Visit:
    """What one request does to its session.

    `cookies` are all values under the session cookie's name; two different ones are malformed, and
    a malformed one is none. `named` are the values whose sessions a log-out or a sign-in ends, the
    same if None. `cookie` is what to send back, also when `finish` raised.
    """

    def __init__(
        self,
        policy: Policy,
        cookies: Sequence[str],
        client: Client,
        named: Sequence[str] | None = None,
    ) -> None:
        self._policy, self._client = policy, client
        named = cookies if named is None else named
        self._came_with_cookie, self._token = bool(named), _token_of(cookies)
        self._named: list[Token] | None = _named_by(named)
        self._started = self._finished = False
        self.state = State(policy)
        self.cookie: NewCookie | None = None

    def start(self) -> Steps[None]:
        """Load the session that the cookie names, once."""
        token = self._token
        if token and not self._started:
            found = yield lambda store: store.load(token, touch_ms=self._policy.touch_step_ms)
            if isinstance(found, Ended):
                self.state.show(None, found.reason)
            else:
                self.state.show(found)
        self._started = True

    def finish(self) -> Steps[None]:
        """Commit what changed. Raises what the store refuses, and SessionEnded."""
        if not self._started or self._finished:
            return
        self._finished, state = True, self.state
        intents = state.close()
        if self._named is None and (state.over or state.bound):
            # More sessions than a browser can have: none is ended, so this is not a success.
            raise SessionEnded(Reason.UNKNOWN)
        if state.over:
            yield from self._end()
        if state.bound:
            yield from self._bind(*state.bound, intents)
        elif state.record is None:
            if any(intent.name != PERMANENT for intent in intents):
                self._let_a_newer_token_be()
                yield from self._create(intents)
        else:
            if state.rotating:
                yield from self._rotate()
            if intents:
                yield from self._commit(intents)

    def abandon(self) -> None:
        """Commit nothing of this request."""
        self._finished = self.state.closed = True

    def _let_a_newer_token_be(self) -> None:
        """Refuse to begin a session where the cookie was rotated away: a login may just be done.

        The browser has a newer cookie by then, which ours would replace. Whoever logs in may.
        """
        if self.state.ended is Reason.ROTATED and not self.state.rotating:
            raise SessionEnded(Reason.ROTATED)

    def _end(self) -> Steps[None]:
        named, self._named, self._token = self._named, [], None
        yield from log_out(named or ())
        if self._came_with_cookie:
            self.cookie = NewCookie()

    def _create(
        self, intents: Sequence[Intent], user: User | None = None, **more: Any
    ) -> Steps[None]:
        token = Token.new(bucket_of_user(user.id)) if user else Token.anonymous()
        self.state.record = yield lambda store: store.create(
            token,
            self._policy.lifetime,
            user=user,
            client=self._client,
            remember=self.state.permanent,
            intents=intents,
            limits=self._policy.limits,
            **more,
        )
        self._send(token)

    def _bind(self, user: User, epoch: str | None, intents: list[Intent]) -> Steps[None]:
        """Begin the user's session with what the anonymous one held and this request changed."""
        if epoch is None:
            epoch = yield lambda store: store.epoch(user.id)
        record = self.state.record
        if record and not record.user and intents:
            # A conflict has to come before the take, so that the request can be sent again.
            yield from self._rotate()
            yield from self._commit(intents)
            intents = []
        data, replaced = (yield from carry_over(self._token)), self._named or ()
        unconditional = [replace(intent, if_tag=None) for intent in intents]
        whole, _ = stage(data, unconditional, self._policy.limits)
        yield from self._create(
            [Intent(Op.SET, name, text) for name, text in whole.items()],
            user,
            epoch=epoch,
            max_sessions=self._policy.max_sessions,
            policy=self._policy.limit_policy,
        )
        yield from end_replaced(replaced)

    def _rotate(self) -> Steps[None]:
        """Change the token before the commit: what it brings never stands under the old one."""
        old = self._token
        assert old is not None  # noqa: S101 - there is a record, so there was a token
        new = old.renewed()
        done = yield lambda store: store.rotate(old, new, privilege=True)
        if isinstance(done, Ended):
            raise SessionEnded(done.reason)
        self.state.record = done.session
        self._named = [new if one == old else one for one in self._named or ()]
        self._send(new)

    def _commit(self, intents: Sequence[Intent]) -> Steps[None]:
        token = self._token
        assert token is not None  # noqa: S101 - there is a record, so there was a token
        done = yield lambda store: store.commit(
            token, intents, limits=self._policy.limits, touch_ms=self._policy.touch_step_ms
        )
        if isinstance(done, Ended):
            raise SessionEnded(done.reason)
        if any(intent.name == PERMANENT for intent in intents):
            self._send(token)

    def _send(self, token: Token) -> None:
        """Let the browser have the token, for as long as the session may live at most."""
        self._token, record = token, self.state.record
        assert record is not None  # noqa: S101 - a token is sent for a session only
        left_s = (record.absolute_expires_ms - record.now_ms) // 1000
        self.cookie = NewCookie(token.text, left_s if self.state.permanent else None)


def _named_by(values: Sequence[str]) -> list[Token] | None:
    """Return the tokens among values, None for more than a browser can have."""
    try:
        return tokens_of(values)
    except MalformedToken:
        return None


def _token_of(cookies: Sequence[str]) -> Token | None:
    try:
        return token_of(cookies)
    except MalformedToken:
        return None
