"""Dashboard and alerts ask for metrics that exist; a real Prometheus answers them under load."""

import re
import subprocess
from pathlib import Path

from e2e.conftest import started
from support import crowd, prometheus
from support.prometheus import ALERTS, FOLDER, panels
from support.until import until

DOCS = Path(__file__).parents[2] / "docs" / "observability.md"
WORDS = re.compile(r"\b(?:http|holdfast|dependency)_[a-z_]+")
# Between them they sign in and out, write at once, meet stale conditions, and use what is over.
CROWD = ("visitor", "shopper", "many-devices", "double-clicker", "login-storm")


def test_OBS_11_dashboard_and_alerts_ask_for_documented_metrics_only() -> None:
    queries = [query for panel in panels() for query in panel.queries]
    asked = set(WORDS.findall("\n".join([*queries, ALERTS.read_text()])))
    plain = {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked}

    assert len(plain) >= 10
    assert plain <= set(WORDS.findall(DOCS.read_text()))


@prometheus.needed
def test_OBS_11_prometheus_finds_no_fault_in_rules_and_configuration() -> None:
    for kind, file in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        command = ["promtool", "check", kind, str(FOLDER / file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + done.stdout


@prometheus.needed
def test_OBS_11_under_load_every_panel_has_data_and_no_alert_errs(tmp_path: Path) -> None:
    with (
        started(tmp_path / "run", HOLDFAST_ANONYMOUS_PER_CLIENT="1000000") as stack,
        prometheus.running(tmp_path, stack) as metrics,
    ):
        until(lambda: metrics.now('sum(up{job=~"gateway|auth"}) == 4'), 20)
        empty = {panel.title: panel for panel in panels()}

        def all_have_data() -> bool:
            crowd.live(stack.urls, CROWD)
            for title, panel in list(empty.items()):
                if any(metrics.now(query) for query in panel.queries):
                    del empty[title]
            return not empty

        until(all_have_data, 40)
        rules = [rule for group in metrics.ask("rules")["groups"] for rule in group["rules"]]
        until(lambda: {rule["health"] for rule in rules} <= {"ok"}, 5)
        assert len(rules) > 5
        assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []
