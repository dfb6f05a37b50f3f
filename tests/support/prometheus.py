"""A real Prometheus that scrapes a stack, and the dashboard's questions to it."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from devstack.ports import free_ports
from devstack.process import Process, answers
from devstack.stack import Stack

FOLDER = Path(__file__).parents[2] / "deploy" / "observability"
ALERTS, DASHBOARD = FOLDER / "alerts.yml", FOLDER / "grafana" / "holdfast.json"
# Four scrapes of a second each: what Grafana would choose.
INTERVAL = "4s"

needed = pytest.mark.skipif(
    not (shutil.which("prometheus") and shutil.which("promtool")),
    reason="no prometheus here (Debian: apt install prometheus)",
)


@dataclass(frozen=True)
class Panel:
    """A panel of the dashboard: its questions and what their answers are called."""

    title: str
    place: dict[str, int]
    queries: dict[str, str]


def panels() -> list[Panel]:
    """Return the panels that ask something."""
    made = json.loads(DASHBOARD.read_text())["panels"]
    return [
        Panel(
            one["title"],
            one["gridPos"],
            {target["expr"]: target["legendFormat"] for target in one["targets"]},
        )
        for one in made
        if one.get("targets")
    ]


def _configuration(stack_ports: dict[str, int]) -> str:
    jobs = {
        kind: [f"127.0.0.1:{port}" for name, port in stack_ports.items() if name.startswith(kind)]
        for kind in ("gateway", "auth")
    }
    return json.dumps(
        {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(ALERTS)],
            "scrape_configs": [
                {"job_name": kind, "static_configs": [{"targets": targets}]}
                for kind, targets in jobs.items()
            ],
        }
    )


class Prometheus:
    """Its HTTP API."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, **params: str) -> Any:
        """Return the data of an answer that must be a success."""
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=params, trust_env=False, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def now(self, query: str) -> list[Any]:
        """Return what a question of the dashboard or of ours is answered at this moment."""
        return list(self.ask("query", query=query.replace("$__rate_interval", INTERVAL))["result"])


@contextmanager
def running(folder: Path, stack: Stack) -> Iterator[Prometheus]:
    """Scrape a stack every second."""
    (folder / "prometheus.yml").write_text(_configuration(stack.internal))  # JSON is YAML
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}"]
    command += [f"--storage.tsdb.path={folder / 'data'}"]
    command += [f"--web.listen-address={url.removeprefix('http://')}"]
    log = folder / "prometheus.log"
    process = Process("prometheus", command, os.environ, log, lambda: answers(f"{url}/-/ready"))
    try:
        process.wait_ready()
        yield Prometheus(url)
    finally:
        process.stop()
