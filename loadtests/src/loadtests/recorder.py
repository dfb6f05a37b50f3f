"""Sends what a person asks for, and keeps every request with its answer as an operation."""

import itertools
import random
import threading
from collections.abc import Sequence
from typing import Any

from loadtests.devices import Device
from loadtests.record import NO_TOKEN, Op, Outcome, Verb
from loadtests.story import WRITES
from loadtests.targets.protocol import Ask, Reading, Target
from loadtests.wire import Answer, Wire, now_us


class Recorder:
    """One person's requests, to several base addresses in turn.

    Safe to use from several threads (or greenlets) at once.
    """

    def __init__(self, person: str, target: Target, bases: Sequence[str], wire: Wire) -> None:
        self.ops: list[Op] = []
        self._person, self._target, self._bases, self._wire = person, target, bases, wire
        self._turn = itertools.count(random.randrange(len(bases)))  # noqa: S311 - no secret
        self._sessions, self._numbers = itertools.count(), itertools.count()
        self._tokens: dict[str, int] = {"": NO_TOKEN}
        self._lock = threading.Lock()

    def device(self) -> Device:
        """Return an empty browser."""
        return Device(next(self._sessions))

    def ask(
        self,
        verb: Verb,
        device: Device,
        at: str | None = None,
        *,
        base: str | None = None,
        ends: tuple[int, ...] = (),
        **more: Any,
    ) -> tuple[Op, Reading]:
        """Ask one address, or whichever is next; `base` and `ends` are Op's, `more` are Ask's."""
        ask = Ask(verb, self._person, device.cookie, **more)
        address = at or self._bases[next(self._turn) % len(self._bases)]
        session, token = device.session, self._token(device.cookie)
        request, answer, start = self._target.request(ask), None, now_us()
        try:
            answer = self._wire.send(address, request)
        finally:  # A request that was cut off may have been applied: it must be on record.
            end, was_cut, answer = now_us(), answer is None, answer or Answer(0)
            reading = self._target.read(ask, answer)
            if verb is Verb.LOGIN and reading.outcome is Outcome.OK:
                session = self._session_of_login(device)
            op = Op(
                verb,
                session,
                token,
                start,
                end,
                Outcome.CUT if was_cut else reading.outcome,
                answer.status,
                reading.instance or (address.partition("//")[2] if answer.status else ""),
                name=ask.name,
                value=ask.value if verb in WRITES and ask.value else None,
                base=base,
                result=reading.result,
                body=reading.body,
                new_token=self._token(reading.cookie or ""),
                ends=ends,
                cleared=reading.cookie == "",
            )
            self.ops.append(op)
        self._keep(device, op, reading)
        return op, reading

    def _session_of_login(self, device: Device) -> int:
        """Return which session a login gave: that of nobody carried on, if it surely lived."""
        fresh = device.body is None and not device.cookie
        carried = device.body is not None and not device.body.owner and device.seconds_left() > 0
        return device.session if fresh or carried else next(self._sessions)

    def _token(self, cookie: str) -> int:
        known = self._tokens.get(cookie)
        return self._tokens.setdefault(cookie, next(self._numbers)) if known is None else known

    def _keep(self, device: Device, op: Op, reading: Reading) -> None:
        if reading.cookie:
            if op.verb is Verb.LOGIN or not device.cookie:
                device.began, device.unsure = op.start, op.end - op.start
            device.cookie = reading.cookie
        if op.body is not None and op.verb is not Verb.LOGIN:
            device.body = op.body
        if op.verb in WRITES and op.outcome is Outcome.OK and op.verb is not Verb.SET:
            with self._lock:
                device.acknowledged[op.name] = device.acknowledged.get(op.name, 0) + 1
