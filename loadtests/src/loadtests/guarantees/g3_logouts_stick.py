"""G3: once a logout, revoke or "end all" is acknowledged, nobody is served as that session.

A request that was in flight may be served; nothing that begins after the acknowledgement.
"""

from loadtests.findings import Tally
from loadtests.record import Op, Outcome
from loadtests.sessions import SessionStory
from loadtests.story import Story

_TELLING = frozenset({Outcome.OK, Outcome.GONE})


def judge(story: Story) -> Tally:
    """Count ended sessions that somebody asked for afterwards; find those that were served."""
    tally = Tally()
    for session in story.sessions.values():
        later = [op for op in session.ops if op.start >= session.over.acknowledged]
        asked = [op for op in later if op is not session.over.by and op.outcome in _TELLING]
        if not asked:
            continue
        tally.check()
        served = [op for op in asked if op.served and not story.is_dead(op)]
        if served and session.over.by:
            told = f"session served {len(served)} time(s) after its end was acknowledged"
            tally.violated(story, told, *_around(session, session.over.by), *served[:3])
    return tally


def _around(session: SessionStory, end: Op) -> list[Op]:
    """Return the end, and what was in flight with it: that is what may have revived it."""
    flight = [op for op in session.ops if op.start < end.end and op.end > end.start and op != end]
    return [*flight[:3], end]
