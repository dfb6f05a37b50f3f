"""How the scripts' replies are read. Each begins with the store's clock in ms and a status."""

from dataclasses import replace
from typing import Any

from holdfast.errors import (
    EpochChanged,
    ForeignStore,
    IdempotencyKeyReused,
    QuotaExceeded,
    TokenExists,
    TooManyRotations,
    TooManySessions,
    VersionConflict,
    WrongKind,
)
from holdfast.model import Committed, Ended, Reason, Rotated, Session
from holdfast.records import CorruptRecord, read_data, read_record

Reply = list[Any]


def ended_of(reply: Reply) -> Ended:
    """Read why there is no session; an unknown reason of a later version reads as unknown."""
    if reply[1] != b"ended":
        return Ended(Reason.CORRUPT if reply[1] == b"corrupt" else Reason.UNKNOWN)
    text = reply[2].decode()
    known = text in Reason.__members__.values()
    return Ended(Reason(text) if known else Reason.UNKNOWN, int(reply[3]))


def raise_refusal(reply: Reply) -> None:
    """Raise the error that a reply tells, if it tells one."""
    match reply[1]:
        case b"conflict":
            raise VersionConflict(reply[2].decode() or None)
        case b"wrong-kind":
            raise WrongKind(reply[2].decode())
        case b"quota":
            raise QuotaExceeded(reply[2].decode())
        case b"reused":
            raise IdempotencyKeyReused
        case b"exists":
            raise TokenExists
        case b"epoch":
            raise EpochChanged
        case b"rotations":
            raise TooManyRotations(int(reply[2]))
        case b"too-many":
            raise TooManySessions


def read_live(reply: Reply, *, with_data: bool = True) -> Session | Ended:
    """Read a session, or why there is none."""
    if reply[1] not in (b"live", b"kept"):
        raise_refusal(reply)
        return ended_of(reply)
    try:
        return read_record(reply, with_data=with_data)
    except CorruptRecord:
        return Ended(Reason.CORRUPT)


def read_live_meta(reply: Reply) -> Session | Ended:
    """Read a session without its data."""
    return read_live(reply, with_data=False)


def read_rotated(reply: Reply) -> Rotated | Ended:
    """Read what became of a rotation."""
    session = read_live(reply)
    if isinstance(session, Ended):
        return session
    return Rotated(session, installed=reply[1] == b"live")


def read_created(reply: Reply) -> Session:
    """Read the session that began."""
    raise_refusal(reply)
    session = read_record(reply[3], with_data=True)
    return replace(session, evicted=reply[2])


def read_committed(reply: Reply) -> Committed | Ended:
    """Read what intents did."""
    if reply[1] not in (b"done", b"repeated"):
        raise_refusal(reply)
        return ended_of(reply)
    pairs = iter(reply[5:])
    values = {name.decode(): value for name, value in zip(pairs, pairs, strict=True)}
    return Committed(
        int(reply[2]),
        values,
        repeated=reply[1] == b"repeated",
        session_id=reply[3].decode(),
        user_name=reply[4].decode() or None,
    )


def read_taken(reply: Reply) -> dict[str, bytes] | Ended:
    """Read the data taken over."""
    return read_data(reply[2]) if reply[1] == b"taken" else ended_of(reply)


def read_recognised(reply: Reply) -> None:
    """Raise ForeignStore where the mark is not ours."""
    if reply[1] == b"foreign":
        raise ForeignStore(reply[2].decode())


def read_done(reply: Reply) -> bool:
    """Tell whether it was done."""
    return bool(reply[1] == b"done")


def read_waiting(reply: Reply) -> int:
    """Return 0, or the ms to wait."""
    return max(1, int(reply[2])) if reply[1] == b"limited" else 0


def read_peeked(reply: Reply) -> Session | None:
    """Read the first of the sessions asked about; None where it does not live."""
    found = read_live_meta(reply[2][0])
    return found if isinstance(found, Session) else None


def read_listed(reply: Reply) -> list[Session]:
    """Read a user's sessions, oldest first; a record that does not decode is no session."""
    found = map(read_live_meta, reply[2])
    sessions = [one for one in found if isinstance(one, Session)]
    return sorted(sessions, key=lambda session: (session.created_ms, session.id))
