"""The checker is checked: servers with one fault each, and one without."""

import os

import pytest
from support import broken, crowd, naive

from loadtests.checker import Scores, judge
from loadtests.targets import CommonTarget

PEOPLE = ["visitor", "shopper", "many-devices", "polling-tab", "double-clicker"] * 2
PEOPLE += ["login-storm"] * 4
WATCHERS = ["expiry-watcher"] * 4
RUNS = int(os.environ.get("RUNS", "1"))
"""`RUNS=20 make test T=tests/integration/test_broken_servers.py` asks for false alarms 20 times."""


def verdict(store: broken.Right, people: list[str]) -> Scores:
    with broken.running(store) as urls:
        return judge(crowd.live(urls, people), asked=("G1", "G2", "G3", "G4", "G5", "G6"))


@pytest.mark.parametrize("_", range(RUNS))
def test_a_correct_server_passes_everything(_: int) -> None:
    scores = verdict(broken.Right(), PEOPLE + WATCHERS)

    states = {name: score.state for name, score in scores.items()}
    assert states == dict.fromkeys(scores, "PASS"), [s.shown for s in scores.values()]


@pytest.mark.parametrize("fault", broken.FAULTS)
def test_each_fault_is_caught_by_exactly_its_guarantee(fault: str) -> None:
    store, guarantee = broken.FAULTS[fault]
    scores = verdict(store(), WATCHERS if guarantee == "G4" else PEOPLE)

    failed = {name for name, score in scores.items() if score.failed}
    assert failed == {guarantee}
    assert all(violation.ops for violation in scores[guarantee].shown)


def test_a_service_that_writes_whole_sessions_back_loses_updates_and_undoes_logouts() -> None:
    with naive.running() as urls:
        people = ["double-clicker"] * 4 + ["shopper", "login-storm"] * 2
        scores = judge(crowd.live(urls, people, CommonTarget(idle_seconds=None)))

    assert {name for name, score in scores.items() if score.failed} == {"G2", "G3"}
