"""G7: an outage of the store is 503 with Retry-After within 1 s, cookie kept; nobody else hurt."""

from loadtests.findings import Tally
from loadtests.record import NO_TOKEN, Op, Outcome, Verb
from loadtests.story import Story

_PROMPT_US = 1_000_000


def judge(story: Story) -> Tally:
    """Count requests during outages of the store; find those that were answered wrongly."""
    tally = Tally()
    for mark in story.marks:
        if mark.kind != "store":
            continue
        for op in story.ops:
            if mark.start <= op.start <= mark.end:
                _judge_request(story, op, tally)
    return tally


def _judge_request(story: Story, op: Op, tally: Tally) -> None:
    session = story.sessions[op.session]
    if op.start >= session.over.begun or story.is_dead(op):
        return
    tally.check()
    if told := _wrong(story, op):
        tally.violated(story, told, op)


def _wrong(story: Story, op: Op) -> str | None:
    if op.token == NO_TOKEN and op.verb in (Verb.READ, Verb.PEEK):
        return None if op.outcome is Outcome.GONE else "a request without a session was not served"
    if op.outcome in (Outcome.ERROR, Outcome.LOST):
        return f"an outage was answered {op.status or 'not at all'}"
    if op.outcome is Outcome.GONE and not _expired(story, op):
        return "an outage was told as a logout"
    if op.cleared and op.outcome is not Outcome.OK:
        return "an outage took the cookie away"
    if op.outcome is Outcome.UNAVAILABLE and op.end - op.start > _PROMPT_US:
        return f"503 came after {(op.end - op.start) / 1e6:.1f} s"
    return None


def _expired(story: Story, op: Op) -> bool:
    """Whether the session had come to its own end by then."""
    session = story.sessions[op.session]
    ending = story.life(session).ending
    return ending is not None and story.deadline_known(session) and not ending.early_us
