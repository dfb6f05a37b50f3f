"""Looks at the target before anybody is sent there: is it there, and what can be asked of it."""

from dataclasses import dataclass

from loadtests.life import Life
from loadtests.people import KINDS
from loadtests.profiles import Profile, UsageError
from loadtests.record import Outcome, Verb
from loadtests.targets import Target
from loadtests.wire import Request, Wire


@dataclass(frozen=True, slots=True)
class Asked:
    """The guarantees to be decided, and why others are not."""

    guarantees: list[str]
    notes: list[str]


def check_kinds(profile: Profile, target: Target) -> None:
    """Hold the profile's people against what the target can be asked. Raises UsageError."""
    for name in profile.people:
        if name not in KINDS:
            raise UsageError(f"no kind of people {name!r}: there are {', '.join(KINDS)}")
        if missing := KINDS[name].needs - target.verbs:
            verbs = ", ".join(sorted(missing))
            raise UsageError(f"{name} needs what this target's adapter cannot: {verbs}")


def look(
    profile: Profile, target: Target, bases: list[str], wire: Wire, patience_s: float
) -> Asked:
    """Sign somebody in. Raises UsageError when nobody can be, or an address does not answer."""
    for base in bases:
        answer = wire.send(base, Request("GET", "/healthz", "healthz"))
        if answer.status == 0:
            raise UsageError(f"{base} does not answer")
    life = Life("preflight", target, bases, wire)
    life.register()
    device = life.device()
    if not life.login(device):
        last = next(op for op in life.history.ops if op.outcome is not Outcome.OK)
        closed = last.verb is Verb.REGISTER and last.outcome is Outcome.REFUSED
        hint = "; is registration open?" if closed else ""
        raise UsageError(f"nobody can sign in at {bases[0]}: {last.verb} {last.status}{hint}")
    idle_s = _idle_seconds(life, target)
    life.logout(device)
    if "G4" not in profile.asked or (idle_s is not None and idle_s <= patience_s):
        return Asked(profile.asked, [])
    told = "no deadline is told" if idle_s is None else f"sessions idle {idle_s:.0f} s"
    note = f"G4 NOT ASKED {told}, beyond the patience of {patience_s:.0f} s"
    return Asked([name for name in profile.asked if name != "G4"], [note])


def _idle_seconds(life: Life, target: Target) -> float | None:
    body = life.history.ops[-1].body
    if body is None or body.stamps is None:
        return target.idle_seconds
    return (body.stamps.idle_expires_ms - body.stamps.last_seen_ms) / 1000
