"""Hashing has so many places, and who finds none is told at once."""

import ctypes
import os
import platform
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event, get_native_id
from typing import Any

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from auth import background, capacity
from auth.errors import Busy
from auth.passwords import Passwords

MIB = 2**20
HASHERS = 2
KERNEL = tuple(int(part) for part in re.findall(r"\d+", platform.release())[:2])


class Held(PasswordHasher):
    """Hashes nothing before it may, and shows how many do it at once."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.begun, self.may_end = Barrier(HASHERS + 1), Event()

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:  # noqa: A002 - its name
        self.begun.wait(10)
        assert self.may_end.wait(10)
        return super().verify(hash, password)


@pytest.fixture
def hasher() -> Iterator[Held]:
    held = Held()
    yield held
    held.may_end.set()


def log_in(passwords: Passwords, known: str) -> bool:
    with passwords.place():
        return passwords.verify(known, "x")


def test_whoever_comes_while_all_hash_is_refused_at_once_and_later_let_in(hasher: Held) -> None:
    passwords = Passwords(slots=HASHERS, waiting=0, hasher=hasher)
    known = passwords.hash("x")
    with ThreadPoolExecutor(HASHERS) as people:
        inside = [people.submit(log_in, passwords, known) for _ in range(HASHERS)]
        hasher.begun.wait(10)

        with pytest.raises(Busy):
            log_in(passwords, known)
        hasher.may_end.set()
        assert all(one.result(10) for one in inside)
    with passwords.place():
        pass


def test_who_waits_too_long_for_a_thread_is_refused(hasher: Held) -> None:
    passwords = Passwords(slots=HASHERS, waiting=1, wait_seconds=0.01, hasher=hasher)
    known = passwords.hash("x")
    with ThreadPoolExecutor(HASHERS) as people:
        inside = [people.submit(log_in, passwords, known) for _ in range(HASHERS)]
        hasher.begun.wait(10)

        with pytest.raises(Busy):
            log_in(passwords, known)
        hasher.may_end.set()
        # They had begun, so they were not given up however long it took.
        assert all(one.result(10) for one in inside)


def test_places_are_given_back_whatever_goes_wrong() -> None:
    class Broken(PasswordHasher):
        def verify(self, *_: Any) -> Any:
            raise MemoryError

    passwords = Passwords(slots=1, waiting=0, hasher=Broken(1, 8, 1))
    for _ in range(3):
        with pytest.raises(MemoryError):
            log_in(passwords, "x")
        with pytest.raises(VerificationError), passwords.place():
            raise VerificationError


def niceness() -> int:
    """Return this thread's."""
    return os.getpriority(os.PRIO_PROCESS, get_native_id())


def turn_ms() -> float:
    """Return how long this thread may go on while others wait, of Linux 6.12 and later."""
    facts = Path("/proc/thread-self/sched")
    found = re.search(r"se\.slice\s*:\s*(\d+)", facts.read_text() if facts.exists() else "")
    if found is None or KERNEL < (6, 12) or platform.machine() not in background.SYSTEM_CALL:
        pytest.skip("no thread has turns of its own length here, or nobody tells")
    return int(found[1]) / 1e6


class Curious(PasswordHasher):
    """Looks at the thread that hashes."""

    def __init__(self, look: Callable[[], float]) -> None:
        super().__init__(1, 8, 1)
        self._look, self.saw = look, 0.0

    def verify(self, *_: Any) -> Any:
        self.saw = self._look()
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives threads a priority")
def test_hashing_alone_yields_to_others() -> None:
    hasher = Curious(niceness)
    before = os.getpriority(os.PRIO_PROCESS, 0)
    Passwords(slots=1, hasher=hasher).verify("x", "x")

    assert hasher.saw == max(background.NICENESS, before)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_whoever_wakes_beside_a_hash_need_not_wait_for_the_end_of_its_turn() -> None:
    """Linux has a thread with shorter turns go first at once."""
    others = turn_ms()
    hasher = Curious(turn_ms)
    Passwords(slots=1, hasher=hasher).verify("x", "x")

    assert hasher.saw == background.SLICE_MS > others
    assert turn_ms() == others


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives threads a priority")
@pytest.mark.parametrize("lacks", ["number", "library"])
def test_where_turns_cannot_be_set_hashing_goes_on_with_its_priority(
    monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    def none_here(_: object) -> None:
        raise OSError

    if lacks == "number":
        monkeypatch.setattr(platform, "machine", lambda: "s390x")
    else:
        monkeypatch.setattr(ctypes, "CDLL", none_here)
    hasher = Curious(niceness)

    assert Passwords(slots=1, hasher=hasher).verify("x", "x")
    assert hasher.saw == background.NICENESS


@pytest.mark.parametrize(
    ("cpu", "memory", "workers", "expected"),
    [
        (None, None, 1, None),
        ("max 100000", "max", 1, None),
        ("50000 100000", "max", 1, 1),
        ("150000 100000", str(256 * MIB), 1, 2),
        ("800000 100000", str(256 * MIB), 1, 3),
        ("800000 100000", str(256 * MIB), 3, 1),
        ("100000 100000", str(64 * MIB), 1, 1),
        ("9900000 100000", "max", 9, 1),
    ],
)
def test_slots_fit_the_processors_and_the_memory_of_the_container(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    cpu: str | None,
    memory: str | None,
    workers: int,
    expected: int | None,
) -> None:
    """Of eight processors and 64 GiB."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    monkeypatch.setattr(capacity, "_installed_bytes", lambda: 64 * 2**30)
    monkeypatch.setenv("WEB_CONCURRENCY", str(workers))
    for name, text in (("cpu.max", cpu), ("memory.max", memory)):
        if text is not None:
            (tmp_path / name).write_text(text + "\n")

    assert capacity.slots(19 * MIB, tmp_path) == (8 if expected is None else expected)
