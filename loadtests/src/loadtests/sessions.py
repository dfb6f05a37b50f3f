"""One session of a history: everything sent to it, and what counts as its own."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loadtests.record import Body, Op

if TYPE_CHECKING:
    from loadtests.guarantees.updates import Judged

NEVER = 1 << 62


@dataclass(slots=True)
class Over:
    """When a session was over: from `begun` it may be, from `acknowledged` it must be."""

    begun: int = NEVER
    acknowledged: int = NEVER
    by: Op | None = None


@dataclass(slots=True)
class Look:
    """A body that a live session showed to its own person."""

    op: Op
    body: Body


@dataclass(slots=True)
class SessionStory:
    """A session's operations in order of start.

    `live`: those with a good id, begun before anybody ended it. `writes`: all that might change
    its data. `looks`: what it showed of itself while it lived.
    """

    number: int
    over: Over
    ops: list[Op] = field(default_factory=list)
    live: list[Op] = field(default_factory=list)
    writes: list[Op] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    known_from: int = NEVER
    """When the answer that signed somebody in to it was there."""
    judged: "list[Judged] | None" = None
    """Its data names, once they were judged (guarantees.updates)."""
