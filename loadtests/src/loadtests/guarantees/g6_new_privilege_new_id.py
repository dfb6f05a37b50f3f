"""G6: login, password change and rotation change the id; the old one is refused or an alias."""

from collections import defaultdict

from loadtests.findings import Tally
from loadtests.record import NO_TOKEN, Op, Outcome, Verb
from loadtests.story import PRIVILEGE, Story

_CHANGES = PRIVILEGE | {Verb.ROTATE}


def judge(story: Story) -> Tally:
    """Count changes of id that had an old one; find ids that stayed, and old ones that serve."""
    tally = Tally()
    by_token: defaultdict[int, list[Op]] = defaultdict(list)
    for op in story.ops:
        by_token[op.token].append(op)
    for op in story.ops:
        if op.verb in _CHANGES and op.outcome is Outcome.OK and op.token != NO_TOKEN:
            if op.verb is Verb.ROTATE and op.new_token == NO_TOKEN:
                continue  # Told by an id that a newer one had taken over from: nothing to change.
            tally.check()
            _judge_change(story, op, by_token[op.token], tally)
    return tally


def _judge_change(story: Story, change: Op, with_old: list[Op], tally: Tally) -> None:
    if change.new_token in (change.token, NO_TOKEN):
        tally.violated(story, f"{change.verb} kept the id", change)
        return
    later = [op for op in with_old if op.start >= change.end and op.served]
    if change.verb in PRIVILEGE:
        if later:
            told = f"the id from before {change.verb} was served {len(later)} time(s)"
            tally.violated(story, told, change, *later[:3])
        return
    record = change.body.public_id if change.body else ""
    forked = [op for op in later if op.body and op.body.public_id != record]
    if forked:
        tally.violated(story, "the rotated id opens another session", change, *forked[:3])
