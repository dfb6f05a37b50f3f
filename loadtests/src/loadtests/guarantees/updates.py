"""What a data name may show at a moment, given which writes were acknowledged and which may be.

Shared by G1 and G2, which tell staleness from loss: a value that is missing when its session is
last looked at, a second or more after it was acknowledged, was lost (G2). A value that
one answer misses and a later one has was stale there (G1).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from loadtests.record import UNKNOWN, Op, Outcome, Verb
from loadtests.sessions import Look, SessionStory

SETTLE_US = 1_000_000
"""Whoever misses a write this long after its acknowledgement has lost it."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A look that shows what it must not: too little (`missing` writes) or too much."""

    look: Look
    missing: tuple[Op, ...] = ()
    excess: int = 0

    @property
    def count(self) -> int:
        """How many writes are in question."""
        return len(self.missing) or self.excess


class Name:
    """One data name of one session: its writes, judged against what was seen."""

    def __init__(self, name: str, writes: list[Op]) -> None:
        self.name = name
        self.done = sorted((op for op in writes if op.outcome is Outcome.OK), key=lambda o: o.end)
        self.maybe = [op for op in writes if op.outcome in UNKNOWN]
        self._ends = [op.end for op in self.done]

    def before(self, look: Look) -> int:
        """Return how many of `done` were acknowledged before a look began."""
        return bisect_right(self._ends, look.op.start)

    def judge(self, look: Look) -> Wrong | None:
        """Hold a look against the writes. None: it shows what it may."""
        raise NotImplementedError

    def clashes(self) -> tuple[tuple[Op, Op], ...]:
        """Return pairs of acknowledged writes that were told the same: one undid the other."""
        groups: defaultdict[int | str, list[Op]] = defaultdict(list)
        for op in self.done:
            if (told := self.told(op)) is not None:
                groups[told].append(op)
        return tuple((group[0], other) for group in groups.values() for other in group[1:])

    def told(self, op: Op) -> int | str | None:
        """Return what only one acknowledgement can have told."""
        return op.result


class Counter(Name):
    """Incremented by one each time; told the number it came to."""

    def judge(self, look: Look) -> Wrong | None:
        """At least what was acknowledged before, at most what was sent until the answer."""
        value, before = look.body.data.get(self.name, 0), self.before(look)
        if value < before:
            return Wrong(look, tuple(self.done[value:before]))
        if value > before:
            rest = (*self.done[before:], *self.maybe)
            most = before + sum(1 for op in rest if op.start < look.op.end)
            if value > most:
                return Wrong(look, excess=value - most)
        return None


class Elements(Name):
    """A list to which unique elements are appended; told the length it came to."""

    def judge(self, look: Look) -> Wrong | None:
        """Each acknowledged element exactly once, others at most once."""
        shown: list[Any] = look.body.data.get(self.name, [])
        before, held = self.done[: self.before(look)], set(shown)
        missing = tuple(op for op in before if op.value not in held)
        if missing:
            return Wrong(look, missing)
        if len(held) < len(shown):
            return Wrong(look, excess=len(shown) - len(held))
        if len(held) == len(before):
            return None
        sent = {op.value for op in (*self.done, *self.maybe) if op.start < look.op.end}
        return Wrong(look, excess=len(held - sent)) if held - sent else None


class Register(Name):
    """Set to unique values, conditionally on the value before or not."""

    def __init__(self, name: str, writes: list[Op]) -> None:
        super().__init__(name, writes)
        self._by_value = {op.value: op for op in (*self.maybe, *self.done)}
        self._latest: list[Op | None] = [None, *accumulate(self.done, _later_begun)]

    def told(self, op: Op) -> str | None:
        """Return the value that a conditional set replaced."""
        return op.base

    def judge(self, look: Look) -> Wrong | None:
        """Refuse a value once another was begun after it, and acknowledged."""
        value, last = look.body.data.get(self.name), self._latest[self.before(look)]
        if value is None:
            return Wrong(look, (last,)) if last else None
        write = self._by_value.get(value)
        if write is None or write.start >= look.op.end:
            return Wrong(look, excess=1)
        if write.outcome is Outcome.OK and last is not None and write.end <= last.start:
            return Wrong(look, (last,))
        return None


def _later_begun(one: Op, other: Op) -> Op:
    return max(one, other, key=lambda op: op.start)


_KINDS: dict[Verb, type[Name]] = {
    Verb.INCREMENT: Counter,
    Verb.APPEND: Elements,
    Verb.SET: Register,
}


def names_of(session: SessionStory) -> Iterator[Name]:
    """Yield the session's data names."""
    writes: defaultdict[str, list[Op]] = defaultdict(list)
    for op in session.writes:
        writes[op.name].append(op)
    for name, ops in writes.items():
        yield _KINDS[ops[0].verb](name, ops)


def last_looks(session: SessionStory) -> list[Look]:
    """Return the looks at the session after its last write that any look came after.

    Only such looks decide what is lost: no write was under way that could explain them.
    """
    if not session.looks:
        return []
    newest = max(look.op.start for look in session.looks)
    ends = [op.end for op in session.writes if op.start < newest]
    after = max(ends, default=0)
    return [look for look in session.looks if look.op.start >= after]


@dataclass(frozen=True, slots=True)
class Judged:
    """A name with every wrong look at it, and what was lost for good."""

    name: Name
    looks: int
    wrong: tuple[Wrong, ...]
    lost: Wrong | None
    clashes: tuple[tuple[Op, Op], ...]
    """Acknowledged updates that cannot both have been applied."""


def _settled(name: Name, look: Look) -> bool:
    """Tell whether a look came long enough after the writes that it had to show."""
    before = name.before(look)
    return before > 0 and look.op.start >= name.done[before - 1].end + SETTLE_US


def judge_names(session: SessionStory) -> list[Judged]:
    """Return each name of a session, judged at every look; worked out once for all guarantees."""
    if session.judged is None:
        session.judged = list(_judge_names(session))
    return session.judged


def _judge_names(session: SessionStory) -> Iterator[Judged]:
    last = last_looks(session)
    for name in names_of(session):
        wrong = tuple(filter(None, map(name.judge, session.looks)))
        lost = None
        if wrong and last:
            final = next((one for one in wrong if one.look is last[-1]), None)
            lost = final if final and (final.excess or _settled(name, last[-1])) else None
        yield Judged(name, len(session.looks), wrong, lost, name.clashes())
