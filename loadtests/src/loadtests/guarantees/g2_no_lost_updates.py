"""G2: every acknowledged increment and append counts once; a conditional set applies or is refused.

Decided from the last looks at a session, and from answers that contradict each other: two
increments that were told the same number, two conditional sets based on the same value.
"""

from loadtests.findings import Tally
from loadtests.guarantees.updates import Judged, judge_names
from loadtests.record import Op
from loadtests.sessions import SessionStory
from loadtests.story import Story


def judge(story: Story) -> Tally:
    """Count acknowledged updates that could be held against a look; find the lost ones."""
    tally = Tally()
    for session in story.sessions.values():
        for judged in judge_names(session):
            if judged.looks:
                tally.check(len(judged.name.done))
                _judge_name(story, session, judged, tally)
    return tally


def _judge_name(story: Story, session: SessionStory, judged: Judged, tally: Tally) -> None:
    name, lost = judged.name.name, judged.lost
    clashes = [pair for pair in judged.clashes if not _faulted(story, *pair)]
    shown = {op for pair in clashes[:3] for op in pair}
    if lost is not None and not _faulted(story, session.ops[0], lost.look.op):
        what = "lost" if lost.missing else "counted twice, or never sent"
        ops = {*(shown or lost.missing[-3:]), lost.look.op}
        tally.violated(story, f"{name}: {lost.count} update(s) {what}", *ops, count=lost.count)
    elif clashes:
        told = f"{name}: {len(clashes)} update(s) acknowledged twice on the same value"
        tally.violated(story, told, *shown, count=len(clashes))
    else:
        for wrong in judged.wrong:
            if wrong.excess and not _faulted(story, session.ops[0], wrong.look.op):
                told = f"{name}: shows {wrong.excess} update(s) that nobody had sent"
                tally.violated(story, told, wrong.look.op, count=wrong.excess)


def _faulted(story: Story, first: Op, last: Op) -> bool:
    """Whether a fault lies between: then it is G8 that says what may be lost."""
    return bool(story.faults_between(min(first.start, last.start), max(first.end, last.end)))
