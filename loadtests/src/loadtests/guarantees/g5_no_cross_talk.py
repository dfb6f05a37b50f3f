"""G5: a session never shows another's identity or data. Bodies and values name their owner."""

from loadtests.findings import Tally
from loadtests.record import Op
from loadtests.sessions import SessionStory
from loadtests.story import Story


def judge(story: Story) -> Tally:
    """Count bodies; find those that show somebody else, or nobody where one was signed in."""
    tally = Tally()
    for session in story.sessions.values():
        for op in session.ops:
            if op.body is None or not op.served:
                continue
            tally.check()
            if others := story.foreign(op):
                tally.violated(story, f"{story.person} was shown {others[0]}", op)
            elif not op.body.owner and _must_be_known(story, session, op):
                tally.violated(story, f"{story.person} was shown nobody", op)
    return tally


def _must_be_known(story: Story, session: SessionStory, op: Op) -> bool:
    if not session.known_from <= op.start < session.over.begun or story.is_dead(op):
        return False
    return not story.faults_between(session.known_from, op.start)
