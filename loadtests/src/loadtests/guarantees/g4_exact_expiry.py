"""G4: never served after the reported idle or absolute deadline, never refused before it."""

from loadtests.findings import Tally
from loadtests.sessions import SessionStory
from loadtests.story import Story


def judge(story: Story) -> Tally:
    """Count sessions that came to an end of themselves while somebody watched."""
    tally = Tally()
    for session in story.sessions.values():
        if story.deadline_known(session):
            _judge_ending(story, session, tally)
    return tally


def _judge_ending(story: Story, session: SessionStory, tally: Tally) -> None:
    ending = story.life(session).ending
    if ending is None or story.faults_between(ending.ops[0].start, ending.ops[-1].end):
        return  # G7 and G8 say what a fault may do.
    tally.check()
    if ending.error_ms is not None:
        tally.expiry_errors_ms.append(ending.error_ms)
    if ending.late_us:
        told = f"served {ending.late_us / 1e6:.3f} s after its deadline"
        tally.violated(story, told, *ending.ops)
    elif ending.early_us:
        told = f"refused {ending.early_us / 1e6:.3f} s before its deadline"
        tally.violated(story, told, *ending.ops)
