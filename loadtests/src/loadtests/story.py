"""A history made ready to be judged: its sessions, when they were over, which ids were dead."""

from collections import defaultdict

from loadtests.deadlines import Deadline, Life, life_of, server_ahead
from loadtests.record import NO_TOKEN, UNKNOWN, Body, History, Mark, Op, Outcome, Verb
from loadtests.sessions import NEVER, Look, Over, SessionStory

WRITES = frozenset({Verb.INCREMENT, Verb.APPEND, Verb.SET})
PRIVILEGE = frozenset({Verb.LOGIN, Verb.PASSWORD})


class Story:
    """One history, indexed once for all guarantees."""

    def __init__(self, history: History, marks: list[Mark]) -> None:
        self.history, self.person, self.marks = history, history.person, marks
        self.ops = sorted(history.ops, key=lambda op: op.start)
        self.sessions: dict[int, SessionStory] = {}
        self._replaced: dict[int, Op] = {}  # ids that a new one took the place of, by what did it
        self._strange: dict[Op, list[str]] = {}
        self._doubtful: dict[int, int] = {}  # ids that may have been, and from when
        overs = self._ends()
        for op in self.ops:
            session = self.sessions.get(op.session)
            if session is None:
                session = SessionStory(op.session, overs[op.session])
                self.sessions[op.session] = session
            self._add(op, session)
        self._ahead = server_ahead(self.sessions.values())
        self._lives: dict[int, Life] = {}

    def _ends(self) -> defaultdict[int, Over]:
        overs: defaultdict[int, Over] = defaultdict(Over)
        for op in self.ops:
            if op.ends:
                _note_end(op, overs)
            if op.new_token != NO_TOKEN and op.token not in (NO_TOKEN, op.new_token):
                self._replaced.setdefault(op.token, op)
            elif op.verb in PRIVILEGE and op.outcome in UNKNOWN:
                self._doubtful.setdefault(op.token, op.start)
        return overs

    def _add(self, op: Op, session: SessionStory) -> None:
        session.ops.append(op)
        if op.verb is Verb.LOGIN and op.outcome is Outcome.OK:
            session.known_from = min(session.known_from, op.end)
        if op.verb in WRITES:
            session.writes.append(op)
        named = op.token != NO_TOKEN or op.new_token != NO_TOKEN
        if op.start >= session.over.begun or not named or self.is_dead(op):
            return
        session.live.append(op)
        # What belongs to somebody else is no look at this session (G5).
        if op.body is not None and op.served and not self.foreign(op):
            session.looks.append(Look(op, op.body))

    def is_dead(self, op: Op) -> bool:
        """Tell whether a change of privilege had replaced the operation's id, or may have.

        A request that was in flight during the change may have come after it.
        """
        if op.token == NO_TOKEN:
            return False
        if op.end > self._doubtful.get(op.token, NEVER) and op.verb not in PRIVILEGE:
            return True
        by = self._replaced.get(op.token)
        return by is not None and by is not op and by.verb in PRIVILEGE and op.end > by.start

    def foreign(self, op: Op) -> list[str]:
        """Return what an answer showed of other people: names, or values that begin with theirs."""
        found = self._strange.get(op)
        if found is None:
            found = self._strange[op] = [] if op.body is None else self._foreign(op.body)
        return found

    def _foreign(self, body: Body) -> list[str]:
        found = [body.owner] if body.owner not in ("", self.person) else []
        mine = f"{self.person}/"
        for value in body.data.values():
            for one in value if type(value) is list else (value,):
                if type(one) is str and "/" in one and not one.startswith(mine):
                    found.append(one)  # noqa: PERF401 - hardly ever: a list is not worth making.
        return found

    def life(self, session: SessionStory) -> Life:
        """Return how a session ended of itself, if it did."""
        found = self._lives.get(session.number)
        if found is None:
            found = life_of(session, self._deadline(session))
            self._lives[session.number] = found
        return found

    def deadline_known(self, session: SessionStory) -> bool:
        """Tell whether anything is known about a session's deadline."""
        return self._deadline(session).known

    def _deadline(self, session: SessionStory) -> Deadline:
        return Deadline(session, self._ahead, self.history.idle_us)

    def faults_between(self, start: int, end: int) -> list[Mark]:
        """Return the faults that touched the time from `start` to `end`."""
        return [mark for mark in self.marks if mark.start <= end and mark.end >= start]


def _note_end(op: Op, overs: defaultdict[int, Over]) -> None:
    """Note an end: one refused ended nothing, one whose outcome nobody knows may have."""
    # A password is changed before the session at hand is looked at again: when that timed out
    # in between, the others are ended all the same.
    may_have = op.outcome in UNKNOWN or (op.verb is Verb.PASSWORD and op.outcome is Outcome.GONE)
    if op.outcome is not Outcome.OK and not may_have:
        return
    for number in op.ends:
        over = overs[number]
        over.begun = min(over.begun, op.start)
        if op.outcome is Outcome.OK and op.end < over.acknowledged:
            over.acknowledged, over.by = op.end, op
