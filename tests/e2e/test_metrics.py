"""The metrics that operators rely on: named in the docs, counting what happened, few."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.conftest import started
from support.exposition import Samples, scrape, total
from support.people import Person

from devstack.stack import Stack

DOCS = Path(__file__).parents[2] / "docs" / "observability.md"
GATEWAYS, AUTHS = ("gateway-1", "gateway-2"), ("auth-1", "auth-2")
ROW = re.compile(r"^\| `([a-z_]+)` \| (\w+) \| ([^|]*) \| (both|auth|gateway) \|", re.MULTILINE)
SUFFIXES = re.compile(r"_(bucket|sum|count)$")
SETTINGS = {"HOLDFAST_MAX_SESSIONS_PER_USER": "2", "HOLDFAST_LOGIN_ATTEMPTS": "3"}
INCREMENT = {"op": "increment", "name": "n", "by": 1}


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give a stack on which everything that is counted has happened, and how often is known."""
    with started(tmp_path_factory.mktemp("counted"), **SETTINGS) as stack:
        person = Person(*stack.urls).register()
        for device in (person, person.another(), person.another()):
            assert device.log_in().status_code == 200
        assert person.get("/session").json()["reason"] == "evicted-by-limit"
        person.log_in()
        for n in range(10):
            assert person.get("/session", at=n).status_code == 200
        person.patch(INCREMENT)
        assert person.patch(INCREMENT, headers={"if-match": '"0"'}).status_code == 412
        cookie = person.cookie or ""
        person.post("/logout")
        person.cookie = cookie
        assert person.patch(INCREMENT).status_code == 401
        guesser = person.stranger()
        assert guesser.patch(INCREMENT).status_code == 201
        wrong = {"username": "nobody", "password": "wrong"}
        assert [guesser.post("/login", wrong, n).status_code for n in range(4)] == [403] * 3 + [429]
        yield stack
        person.close()


@pytest.fixture(scope="module")
def samples(counted: Stack) -> Samples:
    return scrape(counted, *GATEWAYS, *AUTHS)


def named(samples: Samples) -> dict[str, set[str]]:
    """Return the labels of each metric, without what the client library adds by itself."""
    found: dict[str, set[str]] = {}
    for name, pairs in samples:
        if name.startswith(("python_", "process_")) or name.endswith("_created"):
            continue
        found.setdefault(SUFFIXES.sub("", name), set()).update(dict(pairs).keys() - {"le"})
    return found


def test_OBS_11_the_documented_metrics_are_those_that_services_have(counted: Stack) -> None:
    rows = ROW.findall(DOCS.read_text())
    told = {name: set(re.findall(r"`(\w+)`", labels)) for name, _, labels, _ in rows}
    documented = {
        service: {name: told[name] for name, _, _, of in rows if of in ("both", service)}
        for service in ("auth", "gateway")
    }

    assert named(scrape(counted, *AUTHS)) == documented["auth"]
    assert named(scrape(counted, *GATEWAYS)) == documented["gateway"]


@pytest.mark.parametrize(
    ("name", "labels", "count"),
    [
        ("holdfast_logins_total", {"outcome": "success"}, 4),
        ("holdfast_logins_total", {"outcome": "bad-credentials"}, 3),
        ("holdfast_logins_total", {"outcome": "too-many-attempts"}, 1),
        ("holdfast_sessions_created_total", {"kind": "user"}, 4),
        ("holdfast_sessions_created_total", {"kind": "anonymous"}, 1),
        # The third and the fourth sign-in each ended the oldest session.
        ("holdfast_sessions_ended_total", {"reason": "evicted-by-limit"}, 2),
        ("holdfast_sessions_ended_total", {"reason": "logged-out"}, 1),
        ("holdfast_sessions_refused_total", {"reason": "evicted-by-limit"}, 1),
        ("holdfast_conflicts_refused_total", {}, 1),
        ("holdfast_resurrections_prevented_total", {}, 1),
        ("holdfast_touches_total", {"did": "coalesce"}, 10),
        ("http_problems_total", {"problem": "version-conflict"}, 1),
        ("http_requests_total", {"route": "/session", "status": "200"}, 10),
        ("dependency_up", {"dependency": "redis"}, 4),
    ],
)
def test_OBS_11_what_happened_is_what_is_counted(
    samples: Samples, name: str, labels: dict[str, str], count: int
) -> None:
    assert total(samples, name, **labels) == count


def test_OBS_11_the_stores_calls_are_timed(samples: Samples) -> None:
    loads = total(samples, "holdfast_store_seconds_count", verb="load")
    seconds = total(samples, "holdfast_store_seconds_sum", verb="load")

    assert loads >= 10
    assert 0 < seconds < loads
    assert total(samples, "holdfast_store_errors_total") == 0


def test_OBS_10_labels_stay_few_whatever_comes(stack: Stack, visitor: Person) -> None:
    def ask(n: int) -> None:
        visitor.get(f"/nothing-{n}")
        visitor.get(f"/session/data/name-{n}")
        visitor.get(f"/public/{n}")
        visitor.get(f"/login/{n}")
        visitor.call(f"BREW{n}", "/session")

    def series() -> set[object]:
        return set(scrape(stack, "gateway-1", *AUTHS))

    ask(0)
    series()  # which is counted, too
    before = series()
    for n in range(1, 40):
        ask(n)
    assert series() == before


def test_OBS_11_what_redis_did_not_serve_is_counted(tmp_path: Path) -> None:
    with started(tmp_path / "run") as stack:
        person = Person(*stack.urls).register()
        person.log_in()
        stack.processes["redis"].kill()
        assert person.get("/session").status_code == 503
        assert person.another().log_in().status_code == 503
        person.close()
        samples = scrape(stack, *GATEWAYS, *AUTHS)

    assert total(samples, "holdfast_store_errors_total", kind="unavailable") >= 2
    assert total(samples, "holdfast_logins_total", outcome="unavailable") == 1
    assert total(samples, "http_problems_total", problem="session-store-unavailable") == 2
