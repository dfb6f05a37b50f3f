"""G1: after a write is acknowledged by any instance, every later request on any sees it."""

from loadtests.findings import Tally
from loadtests.guarantees.updates import Judged, judge_names
from loadtests.sessions import SessionStory
from loadtests.story import Story


def judge(story: Story) -> Tally:
    """Count every look at a session that had been written to; find those that miss a write."""
    tally = Tally()
    for session in story.sessions.values():
        names = judge_names(session)
        first = min((n.name.done[0].end for n in names if n.name.done), default=None)
        if first is not None:
            tally.check(sum(1 for look in session.looks if look.op.start >= first))
        for judged in names:
            _stale(story, judged, tally)
        _denied(story, session, tally)
    return tally


def _stale(story: Story, judged: Judged, tally: Tally) -> None:
    """Find looks that miss a write. What is lost for good cannot be read: that is G2's."""
    if judged.lost is not None or judged.clashes:
        return
    for wrong in judged.wrong:
        if not wrong.missing:
            continue
        last, look = wrong.missing[-1], wrong.look.op
        if story.faults_between(last.end, look.end):
            continue  # G8 asks what a fault may lose.
        told = f"{judged.name.name}: {wrong.count} acknowledged write(s) not seen by a later read"
        tally.violated(story, told, last, look)


def _denied(story: Story, session: SessionStory, tally: Tally) -> None:
    """Find refusals taken back: a login is a write too, and who then misses it read stale."""
    for refused, served in story.life(session).hiccups:
        if not story.faults_between(refused.start, served.end):
            tally.violated(story, "a live session was refused, and served again", refused, served)
