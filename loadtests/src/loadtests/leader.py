"""The one process that keeps the record and decides: Locust alone, or Locust's master."""

import logging
import signal
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import gevent
from gevent.lock import RLock
from locust.env import Environment
from locust.runners import STATE_INIT, STATE_STOPPED, MasterRunner

from loadtests import aftermath, marks, preflight, progress, record
from loadtests.choice import Choice
from loadtests.http_wire import HttpWire
from loadtests.profiles import UsageError
from loadtests.record import Mark
from loadtests.run import DRAIN_SECONDS, Run, new_run
from loadtests.verdict import Verdict, decide
from loadtests.worker import DRAIN, DRAINED, HISTORIES

_POLL_SECONDS = 0.05


class Leader:
    """The load tests in the leading process, over one run or (web UI) several."""

    def __init__(self, environment: Environment) -> None:
        if environment.runner is None or environment.parsed_options is None:
            raise UsageError("the load tests need Locust's runner and options")
        self._environment, self._runner = environment, environment.runner
        self._options = environment.parsed_options
        self._choice = Choice(environment, self._options)
        self._out = Path(self._options.out)
        self._file: IO[bytes] | None = None
        self._drained: set[str] = set()
        self._verdict: Verdict | None = None
        self._run: Run | None = None
        self._failed, self._told = False, False
        self._ending = RLock()  # SIGTERM may come twice: to us, and passed on by who started us.
        if self._options.brief:
            logging.getLogger("locust.stats_logger").setLevel(logging.WARNING)
        if environment.host:
            self._asked = self._look(new_run(environment, self._write))
        self._listen()

    def _look(self, run: Run) -> preflight.Asked:
        profile = self._choice.profile
        preflight.check_kinds(profile, run.target)
        with closing(HttpWire()) as wire:
            patience_s = self._options.patience
            return preflight.look(profile, run.target, run.bases, wire, patience_s)

    def _listen(self) -> None:
        events = self._environment.events
        events.test_start.add_listener(self._start)
        events.test_stopping.add_listener(self._drain)
        events.test_stop.add_listener(self._stop)
        events.quitting.add_listener(self._quitting)
        events.quit.add_listener(lambda **_: self._tell())
        if isinstance(self._runner, MasterRunner):
            self._runner.register_message(HISTORIES, self._receive)
            self._runner.register_message(DRAINED, self._note_drained)
        # Else Python raises KeyboardInterrupt in whoever happens to run, which cuts that life off.
        gevent.signal_handler(signal.SIGINT, self._interrupted)
        gevent.signal_handler(signal.SIGTERM, self._interrupted)
        web = self._environment.web_ui
        if web is not None and web.app is not None:
            web.app.add_url_rule("/holdfast", "holdfast", self._show_report)

    def _interrupted(self) -> None:
        self._end()
        if self._environment.web_ui is not None:
            self._environment.web_ui.stop()
        self._runner.quit()

    def _end(self) -> None:
        """End the run, if there is one; who asks while it ends waits for that."""
        with self._ending:
            if self._runner.state not in (STATE_INIT, STATE_STOPPED):
                self._runner.stop()

    def _start(self, **_: Any) -> None:
        self._out.mkdir(parents=True, exist_ok=True)
        self._file = (self._out / "record").open("wb")
        self._drained.clear()
        self._choice.settle()
        self._cpu_s = time.process_time()
        self._verdict, self._told = None, False
        self._run = new_run(self._environment, self._write)
        try:
            self._asked = self._look(self._run)
        except UsageError as error:
            print(error, file=sys.stderr, flush=True)
            self._failed, self._run.draining = True, True
            gevent.spawn(self._runner.quit)
            return
        gevent.spawn(progress.tell, self._environment, self._run)

    def _write(self, packed: bytes) -> None:
        if self._file is not None:
            self._file.write(packed)

    def _receive(self, msg: Any, **_: Any) -> None:
        self._write(msg.data["packed"])

    def _note_drained(self, msg: Any, **_: Any) -> None:
        self._drained.add(msg.node_id)

    def _drain(self, **_: Any) -> None:
        """Let lives come to their end in good order before Locust cuts them off."""
        if self._run is None:
            return
        if not isinstance(self._runner, MasterRunner):
            self._run.drain(DRAIN_SECONDS)
            return
        self._run.draining = True
        workers = {client.id for client in self._runner.clients.all}
        for worker in workers:
            self._runner.send_message(DRAIN, {}, worker)
        until = time.monotonic() + DRAIN_SECONDS
        while not workers <= self._drained and time.monotonic() < until:
            gevent.sleep(_POLL_SECONDS)

    def _stop(self, **_: Any) -> None:
        """Decide, from the record alone."""
        if self._file is None or self._failed:
            return
        self._file.close()
        self._file = None
        notes = [*self._asked.notes, *progress.cost(self._environment, self._cpu_s)]
        entries = record.read(self._out / "record")
        broken = self._marks()
        asked, limits = self._asked.guarantees, self._choice.profile.limits
        self._verdict = decide(entries, broken, asked, limits)
        from loadtests import report  # noqa: PLC0415 - its plots take seconds to import.

        title = f"{self._choice.name or 'Load'} on {self._environment.host}"
        report.write(self._verdict, self._out, title, notes)
        self._notes = [*notes, *map(str, aftermath.of(self._verdict.series, broken))]
        if self._environment.web_ui is not None:
            self._tell()

    def _marks(self) -> list[Mark]:
        """Return what was broken; a line that makes no sense costs those marks, not the verdict."""
        try:
            return marks.read(self._out)
        except UsageError as error:
            print(error, file=sys.stderr, flush=True)
            return []

    def _quitting(self, **_: Any) -> None:
        self._end()
        holds = self._verdict is not None and self._verdict.holds
        self._environment.process_exit_code = 2 if self._failed else int(not holds)

    def _tell(self) -> None:
        if self._verdict is not None and not self._told and not self._options.brief:
            self._told = True
            for line in (*self._verdict.lines, *self._notes):
                print(line)
            print(f"report: {self._out / 'report.html'}", flush=True)

    def _show_report(self) -> Any:
        path = self._out / "report.html"
        return path.read_text() if path.exists() else "There is no report before a run has ended."
