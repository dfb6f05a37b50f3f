"""G5: a session never shows another's identity or data. Every body and every value names its owner."""

from loadtests.findings import Tally
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
            elif not op.body.owner and _must_be_known(story, op.start, session.known_from):
                if op.start < session.over.begun and not story.is_dead(op):
                    tally.violated(story, f"{story.person} was shown nobody", op)
    return tally


def _must_be_known(story: Story, start: int, known_from: int) -> bool:
    return start >= known_from and not story.faults_between(known_from, start)
