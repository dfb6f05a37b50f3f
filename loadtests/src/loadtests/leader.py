"""The one process that keeps the record and decides: Locust alone, or Locust's master."""

import logging
import signal
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import gevent
from locust import LoadTestShape
from locust.env import Environment
from locust.runners import STATE_INIT, STATE_STOPPED, MasterRunner

from loadtests import aftermath, marks, preflight, profiles, record
from loadtests.http_wire import HttpWire
from loadtests.profiles import Profile, UsageError
from loadtests.record import Mark
from loadtests.run import DRAIN_SECONDS, Run, new_run
from loadtests.verdict import Verdict, decide
from loadtests.worker import DRAIN, DRAINED, HISTORIES

_PROGRESS_SECONDS, _POLL_SECONDS = 5.0, 0.05


class Stages(LoadTestShape):
    """A profile's stages, as Locust asks for them."""

    abstract = True  # Locust looks for shapes by itself; this one is given to it.

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self._stages = profile.stages

    def tick(self) -> tuple[int, float] | None:
        """Return how many people there should be now, and how fast they come; None at the end."""
        passed = self.get_run_time()
        for stage in self._stages:
            if passed < stage.seconds:
                return stage.people, stage.rate
            passed -= stage.seconds
        return None


class Leader:
    """The load tests in the leading process, over one run or (web UI) several."""

    def __init__(self, environment: Environment) -> None:
        if environment.runner is None or environment.parsed_options is None:
            raise UsageError("the load tests need Locust's runner and options")
        self._environment, self._runner = environment, environment.runner
        self._options = environment.parsed_options
        self._profile = profiles.load(self._options.profile or profiles.DEFAULT)
        self._out = Path(self._options.out)
        self._file: IO[bytes] | None = None
        self._drained: set[str] = set()
        self._verdict: Verdict | None = None
        self._failed = False
        if self._options.brief:
            logging.getLogger("locust.stats_logger").setLevel(logging.WARNING)
        self._shape()
        if environment.host:
            self._asked = self._look(new_run(environment, self._write))
        self._listen()

    def _shape(self) -> None:
        """Let the profile say who comes and when; without one Locust's own options do."""
        users = self._environment.user_classes
        if self._options.profile:
            for user in users:
                user.weight = self._profile.people.get(getattr(user, "kind", ""), 0)
            users[:] = [user for user in users if user.weight]
            self._environment.shape_class = Stages(self._profile)
            self._environment.shape_class.runner = self._runner

    def _look(self, run: Run) -> preflight.Asked:
        preflight.check_kinds(self._profile, run.target)
        with closing(HttpWire()) as wire:
            patience_s = self._options.patience
            return preflight.look(self._profile, run.target, run.bases, wire, patience_s)

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
        web = self._environment.web_ui
        if web is not None and web.app is not None:
            web.app.add_url_rule("/holdfast", "holdfast", self._show_report)

    def _interrupted(self) -> None:
        if self._runner.state not in (STATE_INIT, STATE_STOPPED):
            self._runner.stop()
        if self._environment.web_ui is not None:
            self._environment.web_ui.stop()
        self._runner.quit()

    def _start(self, **_: Any) -> None:
        self._out.mkdir(parents=True, exist_ok=True)
        self._file = (self._out / "record").open("wb")
        self._drained.clear()
        self._cpu_s = time.process_time()
        self._verdict, self._run = None, new_run(self._environment, self._write)
        try:
            self._asked = self._look(self._run)
        except UsageError as error:
            print(error, file=sys.stderr, flush=True)
            self._failed, self._run.draining = True, True
            gevent.spawn(self._runner.quit)
            return
        gevent.spawn(self._progress)

    def _write(self, packed: bytes) -> None:
        if self._file is not None:
            self._file.write(packed)

    def _receive(self, msg: Any, **_: Any) -> None:
        self._write(msg.data["packed"])

    def _note_drained(self, msg: Any, **_: Any) -> None:
        self._drained.add(msg.node_id)

    def _progress(self) -> None:
        start, run = time.monotonic(), self._run
        while not run.draining:
            gevent.sleep(_PROGRESS_SECONDS)
            total = self._environment.stats.total
            seconds = round(time.monotonic() - start)
            print(
                f"{seconds // 60:02}:{seconds % 60:02}  {self._runner.user_count} people"
                f"  {total.num_requests} requests, {total.current_rps:.0f}/s"
                f"  p99 {total.get_current_response_time_percentile(0.99) or 0:.0f} ms"
                f"  {total.num_failures} failed  load: {self._own_cost()}",
                flush=True,
            )

    def _own_cost(self) -> str:
        """Tell what the load itself takes: processor of one core, and memory."""
        runner = self._runner
        nodes = runner.clients.all if isinstance(runner, MasterRunner) else []
        cpu = sum(node.cpu_usage for node in nodes) if nodes else runner.current_cpu_usage
        return f"{cpu:.0f} % CPU, {runner.current_memory_usage / 1e6:.0f} MB"

    def _drain(self, **_: Any) -> None:
        """Let lives come to their end in good order before Locust cuts them off."""
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
        notes = [*self._asked.notes, *self._cost_of_a_request()]
        entries = record.read(self._out / "record")
        broken = self._marks()
        asked, limits = self._asked.guarantees, self._profile.limits
        self._verdict = decide(entries, broken, asked, limits)
        from loadtests import report  # noqa: PLC0415 - its plots take seconds to import.

        title = f"{self._options.profile or 'Load'} on {self._environment.host}"
        report.write(self._verdict, self._out, title, notes)
        self._notes = [*notes, *map(str, aftermath.of(self._verdict.series, broken))]
        if self._environment.web_ui is not None:
            self._tell()

    def _cost_of_a_request(self) -> list[str]:
        """Tell what a request cost this process, where it was the one that sent them."""
        requests = self._environment.stats.total.num_requests
        if isinstance(self._runner, MasterRunner) or not requests:
            return []
        cost_ms = 1000 * (time.process_time() - self._cpu_s) / requests
        return [f"load {cost_ms:.2f} ms of processor a request"]

    def _marks(self) -> list[Mark]:
        """Return what was broken; a line that makes no sense costs those marks, not the verdict."""
        try:
            return marks.read(self._out)
        except UsageError as error:
            print(error, file=sys.stderr, flush=True)
            return []

    def _quitting(self, **_: Any) -> None:
        if self._runner.state not in (STATE_INIT, STATE_STOPPED):
            self._runner.stop()
        holds = self._verdict is not None and self._verdict.holds
        self._environment.process_exit_code = 2 if self._failed else int(not holds)

    def _tell(self) -> None:
        if self._verdict is not None and not self._options.brief:
            for line in (*self._verdict.lines, *self._notes):
                print(line)
            print(f"report: {self._out / 'report.html'}", flush=True)

    def _show_report(self) -> Any:
        path = self._out / "report.html"
        return path.read_text() if path.exists() else "There is no report before a run has ended."
