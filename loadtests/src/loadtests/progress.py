"""What is told while a run lasts, and what the load itself took."""

import time

import gevent
from locust.env import Environment
from locust.runners import MasterRunner, Runner

from loadtests.run import Run

_EVERY_SECONDS = 5.0


def tell(environment: Environment, run: Run) -> None:
    """Print a line every few seconds until the run drains."""
    start, runner, total = time.monotonic(), environment.runner, environment.stats.total
    while runner is not None and not run.draining:
        gevent.sleep(_EVERY_SECONDS)
        seconds = round(time.monotonic() - start)
        print(
            f"{seconds // 60:02}:{seconds % 60:02}  {runner.user_count} people"
            f"  {total.num_requests} requests, {total.current_rps:.0f}/s"
            f"  p99 {total.get_current_response_time_percentile(0.99) or 0:.0f} ms"
            f"  {total.num_failures} failed  load: {_load(runner)}",
            flush=True,
        )


def _load(runner: Runner) -> str:
    """Tell what the load takes now: processor of one core, and memory of this process."""
    nodes = runner.clients.all if isinstance(runner, MasterRunner) else []
    cpu = sum(node.cpu_usage for node in nodes) if nodes else runner.current_cpu_usage
    return f"{cpu:.0f} % CPU, {runner.current_memory_usage / 1e6:.0f} MB"


def cost(environment: Environment, since_s: float) -> list[str]:
    """Tell what a request cost this process, where it was the one that sent them.

    `since_s` is what `time.process_time` told when they began.
    """
    requests = environment.stats.total.num_requests
    if isinstance(environment.runner, MasterRunner) or not requests:
        return []
    cost_ms = 1000 * (time.process_time() - since_s) / requests
    return [f"load {cost_ms:.2f} ms of processor a request"]
