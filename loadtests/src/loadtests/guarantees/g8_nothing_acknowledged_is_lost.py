"""G8: a crash loses nothing acknowledged, beyond what the stated durability allows."""

from loadtests.findings import Tally
from loadtests.guarantees.updates import Judged, judge_names
from loadtests.record import Mark, Op
from loadtests.sessions import SessionStory
from loadtests.story import Story


def judge(story: Story) -> Tally:
    """Count sessions that lived before a fault and were asked for after it."""
    tally = Tally()
    for session in story.sessions.values():
        marks = _lived_through(story, session)
        if not marks:
            continue
        tally.check()
        _refused(story, session, tally)
        for judged in judge_names(session):
            _lost(story, judged, marks, tally)
    return tally


def _lived_through(story: Story, session: SessionStory) -> list[Mark]:
    served = [op for op in session.ops if op.served]
    if not served:
        return []
    began, last = served[0].end, session.ops[-1].start
    return [m for m in story.marks if began < m.start - m.may_lose_us and last > m.end]


def _refused(story: Story, session: SessionStory, tally: Tally) -> None:
    """Find a session that no longer is, though nobody ended it and its time was not over."""
    ending = story.life(session).ending
    if ending is None or ending.refused is None:
        return
    timed_out = story.deadline_known(session) and not ending.early_us
    if not timed_out and story.faults_between(ending.last.start, ending.refused.end):
        tally.violated(story, "a session did not survive", ending.last, ending.refused)


def _lost(story: Story, judged: Judged, marks: list[Mark], tally: Tally) -> None:
    """Of the acknowledged writes that the last look misses, some may be excused."""
    missing = [wrong for wrong in judged.wrong if wrong.missing]
    if not missing:
        return
    wrong = missing[-1]
    before = judged.name.done[: judged.name.before(wrong.look)]
    excused = sum(1 for op in before if any(_may_lose(mark, op) for mark in marks))
    lost = wrong.count - excused
    if lost > 0 and any(mark.start <= wrong.look.op.end for mark in marks):
        told = f"{judged.name.name}: {lost} acknowledged update(s) lost in a fault"
        tally.violated(story, told, *wrong.missing[-3:], wrong.look.op, count=lost)


def _may_lose(mark: Mark, op: Op) -> bool:
    return mark.may_lose_us > 0 and mark.start - mark.may_lose_us <= op.end <= mark.end
