"""One person's life on the wire: does what it is told, and records it."""

import itertools
import random
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from loadtests.devices import Account, Device, new_person
from loadtests.record import Body, History, Op, Outcome, Verb
from loadtests.recorder import Recorder
from loadtests.targets.protocol import PASSWORD, Reading, Target
from loadtests.wire import Wire

_SETTLE_SECONDS, _POLL_SECONDS = 1.3, 0.1
_PATIENT_SECONDS, _KNOCK_SECONDS = 10.0, 0.4
ROUNDS = 25


class Life:
    """A person with devices, over several base addresses in turn.

    Safe to use from several threads (or greenlets) at once. `draining` asks it to come to an end.
    """

    def __init__(
        self,
        kind: str,
        target: Target,
        bases: Sequence[str],
        wire: Wire,
        *,
        account: Account | None = None,
        rounds: int = ROUNDS,
        draining: Callable[[], bool] = lambda: False,
    ) -> None:
        self.account = account or Account(new_person(kind))
        self.person, self.rounds = self.account.name, rounds
        self.kind, self.target, self.bases, self.draining = kind, target, bases, draining
        self._recorder = Recorder(self.person, target, bases, wire)
        self._elements = itertools.count(1)
        self._mark = secrets.token_hex(3)  # tells this life's elements from another's

    @property
    def history(self) -> History:
        """What was recorded so far."""
        idle = self.target.idle_seconds
        idle_us = None if idle is None else round(idle * 1_000_000)
        return History(self.person, self.kind, list(self._recorder.ops), idle_us)

    def can(self, *verbs: Verb) -> bool:
        """Tell whether the target knows these verbs."""
        return self.target.verbs.issuperset(verbs)

    def device(self) -> Device:
        """Return an empty browser."""
        return self._recorder.device()

    def register(self) -> None:
        """Get an account, where the target has such and this person has none yet."""
        if self.can(Verb.REGISTER) and not self.account.open:
            op = self._enter(Verb.REGISTER, Device(-1))
            self.account.open = op.outcome in (Outcome.OK, Outcome.REFUSED)

    def login(self, device: Device) -> bool:
        """Sign in; over a session of somebody signed in already it begins another."""
        before = device.session
        op = self._enter(Verb.LOGIN, device)
        if op.outcome is not Outcome.OK:
            return False
        device.session, device.body = op.session, op.body or Body(self.person)
        if device.session != before:
            device.acknowledged = {}
        return True

    def _enter(self, verb: Verb, device: Device) -> Op:
        """Knock, and again for a while as long as there is no room: hashing has its limits."""
        until = time.monotonic() + _PATIENT_SECONDS
        while True:
            op = self._do(verb, device)
            refused = op.outcome is Outcome.UNAVAILABLE
            if not refused or self.draining() or time.monotonic() > until:
                return op
            time.sleep(_KNOCK_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - no secret

    def read(self, device: Device, at: str | None = None) -> Op:
        """Look at the session."""
        return self._do(Verb.READ, device, at)

    def peek(self, device: Device, at: str | None = None) -> Op:
        """Look at the session without keeping it alive, where the target can."""
        return self._do(Verb.PEEK if self.can(Verb.PEEK) else Verb.READ, device, at)

    def increment(self, device: Device, name: str, wait_ms: int = 0) -> Op:
        """Add one to a counter."""
        return self._do(Verb.INCREMENT, device, name=device.name(name), wait_ms=wait_ms)

    def append(self, device: Device, name: str, wait_ms: int = 0) -> Op:
        """Append an element that nobody ever appended."""
        name, value = device.name(name), self._unique()
        return self._do(Verb.APPEND, device, name=name, value=value, wait_ms=wait_ms)

    def set(self, device: Device, name: str) -> Op:
        """Set a value that nobody ever set."""
        return self._do(Verb.SET, device, name=device.name(name), value=self._unique())

    def set_if_same(self, device: Device, name: str) -> None:
        """Read a value, and replace it if nobody else has in between."""
        _, held = self._ask(Verb.VALUE, device, name=device.name(name))
        if held.tag:
            value, tag = self._unique(), held.tag
            name = device.name(name)
            self._do(Verb.SET, device, name=name, value=value, tag=tag, base=held.value)

    def rotate(self, device: Device) -> Op:
        """Change the session's id."""
        return self._do(Verb.ROTATE, device)

    def change_password(self, device: Device, others: Sequence[Device]) -> Op:
        """Change the password, which ends all other sessions."""
        new = f"{PASSWORD} {secrets.token_hex(4)}"
        ends = tuple(other.session for other in others)
        op = self._do(Verb.PASSWORD, device, value=new, ends=ends)
        if op.outcome is Outcome.OK:
            self.account.password = new
        elif (
            op.outcome is not Outcome.REFUSED
        ):  # Nobody knows the password now: somebody new next time.
            self.account = Account(new_person(self.kind))
        return op

    def logout(self, device: Device) -> Op:
        """Sign out. The device keeps the old cookie, to try it again."""
        return self._do(Verb.LOGOUT, device, ends=(device.session,))

    def end_one(self, device: Device, other: Device) -> Op | None:
        """End another device's session by its public id."""
        if other.body is None:
            return None
        public_id = other.body.public_id
        return self._do(Verb.END_ONE, device, public_id=public_id, ends=(other.session,))

    def end_others(self, device: Device, others: Sequence[Device]) -> Op:
        """End all sessions but this one."""
        return self._do(Verb.END_OTHERS, device, ends=tuple(other.session for other in others))

    def replay(self, device: Device) -> None:
        """Try the cookie everywhere, with a read and, once, with a write."""
        for base in self.bases if len(self.bases) > 1 else [*self.bases, *self.bases]:
            self.read(device, base)
        self.increment(device, "after")

    def settle(self, device: Device) -> None:
        """Look at the session everywhere; again, for a while, as long as something is missing."""
        until = time.monotonic() + _SETTLE_SECONDS
        while True:
            ops = [self.read(device, base) for base in self.bases]
            if any(op.outcome is Outcome.GONE for op in ops):
                return
            whole = all(op.body is not None and device.shows_all(op.body) for op in ops)
            if whole or time.monotonic() > until:
                return
            time.sleep(_POLL_SECONDS)

    def together(self, *calls: Callable[[], object]) -> None:
        """Make calls at the same time."""
        with ThreadPoolExecutor(len(calls)) as threads:
            for done in [threads.submit(call) for call in calls]:
                done.result()

    def _unique(self) -> str:
        return f"{self.person}/{self._mark}-{next(self._elements)}"

    def _do(self, verb: Verb, device: Device, at: str | None = None, **more: Any) -> Op:
        return self._ask(verb, device, at, **more)[0]

    def _ask(
        self, verb: Verb, device: Device, at: str | None = None, **more: Any
    ) -> tuple[Op, Reading]:
        return self._recorder.ask(verb, device, at, password=self.account.password, **more)
