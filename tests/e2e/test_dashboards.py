"""Dashboard and alerts ask for metrics that exist; a real Prometheus scrapes a real stack."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from e2e.conftest import started
from support.people import Person
from support.until import until

from devstack.ports import free_ports
from devstack.process import Process, answers

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "observability"
ALERTS, DASHBOARD = FOLDER / "alerts.yml", FOLDER / "grafana" / "holdfast.json"
WORDS = re.compile(r"\b(?:http|holdfast|dependency)_[a-z_]+")

needs_prometheus = pytest.mark.skipif(
    not (shutil.which("prometheus") and shutil.which("promtool")),
    reason="no prometheus here (Debian: apt install prometheus)",
)


def queries() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


def test_OBS_11_dashboard_and_alerts_ask_for_documented_metrics_only() -> None:
    documented = set(WORDS.findall((ROOT / "docs" / "observability.md").read_text()))
    asked = set(WORDS.findall("\n".join([*queries(), ALERTS.read_text()])))
    plain = {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked}

    assert len(plain) >= 10
    assert plain <= documented


@needs_prometheus
def test_OBS_11_prometheus_finds_no_fault_in_rules_and_configuration() -> None:
    for kind, file in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        command = ["promtool", "check", kind, str(FOLDER / file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + done.stdout


def configuration(stack_ports: dict[str, int]) -> str:
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


@needs_prometheus
def test_OBS_11_a_real_prometheus_scrapes_a_stack_and_answers_the_dashboard(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    url = f"http://127.0.0.1:{port}"

    def ask(path: str, **params: str) -> Any:
        return httpx.get(url + path, params=params, trust_env=False).json()["data"]

    with started(tmp_path / "run") as stack:
        (tmp_path / "prometheus.yml").write_text(configuration(stack.internal))  # JSON is YAML
        command = ["prometheus", f"--config.file={tmp_path / 'prometheus.yml'}"]
        command += [
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        log = tmp_path / "prometheus.log"
        prometheus = Process(
            "prometheus", command, os.environ, log, lambda: answers(f"{url}/-/ready")
        )
        try:
            prometheus.wait_ready()
            person = Person(*stack.urls).register()
            person.log_in()
            up = 'sum(up{job=~"gateway|auth"}) == 4'
            until(lambda: ask("/api/v1/query", query=up)["result"], 20)
            seen = 'sum(rate(http_requests_total{route="/session"}[10s])) > 0'
            until(lambda: person.get("/session") and ask("/api/v1/query", query=seen)["result"], 20)
            person.close()
            for query in queries():
                plain = query.replace("$__rate_interval", "10s")
                assert "result" in ask("/api/v1/query", query=plain), query
            rules = [rule for group in ask("/api/v1/rules")["groups"] for rule in group["rules"]]
            until(lambda: {rule["health"] for rule in rules} <= {"ok", "unknown"}, 5)
            assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []
        finally:
            prometheus.stop()
