"""What a data name may show at a moment, given which writes were acknowledged and which may be.

Shared by G1 and G2, which tell staleness from loss: a value that is missing when its session is
last looked at, a second or more after it was acknowledged, was lost (G2). A value that
one answer misses and a later one has was stale there (G1).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
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

    def before(self, look: Look) -> list[Op]:
        """Return the writes acknowledged before a look began."""
        return self.done[: bisect_right(self._ends, look.op.start)]

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

    def told(self, _: Op) -> int | str | None:
        """Return what an acknowledgement told that only one write can have been told."""
        return None


class Counter(Name):
    """Incremented by one each time."""

    def told(self, op: Op) -> int | None:
        """Return the number it was incremented to."""
        return op.result

    def judge(self, look: Look) -> Wrong | None:
        """At least what was acknowledged before, at most what was sent until the answer."""
        value = look.body.data.get(self.name, 0)
        before = self.before(look)
        if value < len(before):
            return Wrong(look, tuple(before[value - len(before) :]))
        if value > len(before):
            during = (op for op in self.done[len(before) :] if op.start < look.op.end)
            most = len(before) + sum(1 for _ in during)
            most += sum(1 for op in self.maybe if op.start < look.op.end)
            if value > most:
                return Wrong(look, excess=value - most)
        return None


class Elements(Name):
    """A list to which unique elements are appended."""

    def told(self, op: Op) -> int | None:
        """Return the length it was appended to."""
        return op.result

    def judge(self, look: Look) -> Wrong | None:
        """Each acknowledged element exactly once, others at most once."""
        shown: list[Any] = look.body.data.get(self.name, [])
        held = set(shown)
        missing = tuple(op for op in self.before(look) if op.value not in held)
        if missing:
            return Wrong(look, missing)
        if len(held) < len(shown):
            return Wrong(look, excess=len(shown) - len(held))
        sent = {op.value for op in (*self.done, *self.maybe) if op.start < look.op.end}
        return Wrong(look, excess=len(held - sent)) if held - sent else None


class Register(Name):
    """Set to unique values. The last of those acknowledged stands, or one that overlaps it."""

    def told(self, op: Op) -> str | None:
        """Return the value that a conditional set replaced."""
        return op.base

    def judge(self, look: Look) -> Wrong | None:
        """Refuse a value once another was begun after it, and acknowledged."""
        value, before = look.body.data.get(self.name), self.before(look)
        last = max(before, key=lambda op: op.start, default=None)
        if value is None:
            return Wrong(look, (last,)) if last else None
        write = next((op for op in self.done if op.value == value), None)
        if write is None:
            maybe = any(op.value == value and op.start < look.op.end for op in self.maybe)
            return None if maybe else Wrong(look, excess=1)
        if write.start >= look.op.end:
            return Wrong(look, excess=1)
        return Wrong(look, (last,)) if last and write.end <= last.start else None


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
    return bool(before) and look.op.start >= before[-1].end + SETTLE_US


def judge_names(session: SessionStory) -> Iterator[Judged]:
    """Yield each name of a session, judged at every look."""
    last = last_looks(session)
    for name in names_of(session):
        wrong = tuple(filter(None, map(name.judge, session.looks)))
        lost = None
        if wrong and last:
            final = next((one for one in wrong if one.look is last[-1]), None)
            lost = final if final and (final.excess or _settled(name, last[-1])) else None
        yield Judged(name, len(session.looks), wrong, lost, name.clashes())
