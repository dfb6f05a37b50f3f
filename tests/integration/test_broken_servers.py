"""The checker is checked: servers with one fault each, and one without."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import broken, crowd, naive
from support.until import until

from loadtests.checker import Scores, judge
from loadtests.record import Mark
from loadtests.targets import CommonTarget
from loadtests.wire import now_us

PEOPLE = ["visitor", "shopper", "many-devices", "polling-tab", "double-clicker"] * 2
PEOPLE += ["login-storm"] * 4
WATCHERS = ["expiry-watcher"] * 4
SHOPPERS, SERVED_BEFORE = 8, 200
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


def verdict_with_an_outage(store: broken.Right, *, shows_within: bool = False) -> Scores:
    """Take the store away from under some shoppers, and bring it back.

    What is asked between the mark's end and the store's return, or the other way round, is on the
    wrong side of one of them. `shows_within`: the store's fault shows in the outage, so that it is
    the mark that ends last; else none may begin when the store is back already.
    """
    with broken.running(store) as urls, ThreadPoolExecutor(1) as aside:
        lives = aside.submit(crowd.live, urls, ["shopper"] * SHOPPERS)

        def all_refused() -> bool:
            return lives.done() or len(store.refused) == SHOPPERS

        until(lambda: store.served > SERVED_BEFORE, 30)
        start, store.down = now_us(), True
        until(all_refused, 30)
        end = now_us()
        # Whatever was under way is answered before the store is back: it belongs to the outage.
        store.refused.clear()
        until(all_refused, 30)
        store.recover()
        end = now_us() if shows_within else end
        return judge(lives.result(), [Mark("store", "store", start, end)])


def test_a_correct_server_passes_an_outage() -> None:
    scores = verdict_with_an_outage(broken.Right())

    assert {name for name, score in scores.items() if score.failed} == set()
    assert scores["G7"].checks >= SHOPPERS
    assert scores["G8"].checks == SHOPPERS


@pytest.mark.parametrize("fault", broken.OUTAGES)
def test_each_fault_of_an_outage_is_caught_by_exactly_its_guarantee(fault: str) -> None:
    store, guarantee = broken.OUTAGES[fault]
    scores = verdict_with_an_outage(store(), shows_within=guarantee == "G7")

    assert {name for name, score in scores.items() if score.failed} == {guarantee}


def test_a_service_that_writes_whole_sessions_back_loses_updates_and_undoes_logouts() -> None:
    with naive.running() as urls:
        people = ["double-clicker"] * 4 + ["shopper", "login-storm"] * 2
        scores = judge(crowd.live(urls, people, CommonTarget(idle_seconds=None)))

    assert {name for name, score in scores.items() if score.failed} == {"G2", "G3"}
