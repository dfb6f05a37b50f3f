"""Breaks servers on purpose, as a profile says, and notes when."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from devstack.process import Process
from loadtests import marks
from loadtests.profiles import Fault
from loadtests.record import Mark
from loadtests.wire import now_us


class Breakable(Protocol):
    """Servers of ours: each process can be killed, and started again on its old address."""

    @property
    def processes(self) -> Mapping[str, Process]:
        """What runs, by name."""

    def restart(self, name: str) -> None:
        """Start one again, and wait until it serves."""
        ...


class Injector:
    """Kills processes, and brings each back after its time."""

    def __init__(self, servers: Breakable, faults: list[Fault], folder: Path) -> None:
        self._servers, self._faults, self._folder = servers, faults, folder
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="faults")
        marks.path_in(folder).unlink(missing_ok=True)

    def start(self) -> None:
        """Begin: times count from now."""
        self._thread.start()

    def stop(self) -> None:
        """Break nothing more; return when what was broken is back."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        zero = now_us()
        for fault in sorted(self._faults, key=lambda one: one.at):
            if self._stopped.wait(max(0.0, fault.at - (now_us() - zero) / 1e6)):
                return
            self._break(fault)

    def _break(self, fault: Fault) -> None:
        start = now_us()
        print(f"kill -9 {fault.what} for {fault.seconds:g} s", flush=True)
        self._servers.processes[fault.what].kill()
        self._stopped.wait(fault.seconds)
        self._servers.restart(fault.what)
        lose_us = fault.may_lose_ms * 1000
        marks.append(self._folder, Mark(fault.kind, fault.what, start, now_us(), lose_us))
        print(f"{fault.what} is back", flush=True)
