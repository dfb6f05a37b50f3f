"""A violation told as the requests that show it, in time order."""

from loadtests.findings import Violation
from loadtests.record import NO_TOKEN, Op, Outcome

_SHOWN = 120


def lines(violation: Violation) -> list[str]:
    """Return one line a request, timed from the first."""
    zero = violation.ops[0].start if violation.ops else 0
    return [_line(op, zero) for op in violation.ops]


def _line(op: Op, zero: int) -> str:
    begin, end = (op.start - zero) / 1000, (op.end - zero) / 1000
    token = "no id" if op.token == NO_TOKEN else f"id {op.token}"
    what = " ".join(filter(None, (op.verb, op.name, op.value)))
    told = f"{op.status or 'no answer'} {op.outcome if op.outcome is not Outcome.OK else ''}"
    return (
        f"{begin:+11.1f} to {end:+11.1f} ms  session {op.session}, {token}  "
        f"{op.instance or '-':12} {what} -> {told.strip()}{_seen(op)}"
    )


def _seen(op: Op) -> str:
    if op.body is not None:
        data = str(op.body.data)
        data = data if len(data) <= _SHOWN else f"{data[:_SHOWN]}..."
        return f" {op.body.owner or 'nobody'} {data}"
    return f" {op.result}" if op.result is not None else ""
