"""The load tests' people and checker, on a real stack."""

from pathlib import Path

from e2e.conftest import started
from support import crowd

from loadtests.checker import judge
from loadtests.people import KINDS

ASKED = ("G1", "G2", "G3", "G4", "G5", "G6")


def test_every_kind_of_person_finds_every_guarantee_kept(tmp_path: Path) -> None:
    """G1 to G6 are each exercised and hold, over two gateways and two auths."""
    settings = {
        "HOLDFAST_IDLE_SECONDS": "3",
        "HOLDFAST_ABSOLUTE_SECONDS": "7",
        "HOLDFAST_STORE_TIMEOUT_MS": "5000",
    }
    with started(tmp_path / "run", **settings) as stack:
        histories = crowd.live(stack.urls, KINDS)
    scores = judge(histories, asked=ASKED)

    states = {name: score.state for name, score in scores.items()}
    assert states == dict.fromkeys(ASKED, "PASS"), [score.shown for score in scores.values()]
    instances = {op.instance for history in histories for op in history.ops}
    assert {"gateway-1", "gateway-2"} <= instances
