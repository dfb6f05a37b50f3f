"""Locust's master and workers in containers: the checker decides over what all workers saw."""

import json
from pathlib import Path

import httpx
from support import compose
from support.compose import until

from devstack.ports import free_ports

RUN_SECONDS = 120


def test_master_and_workers_decide_from_everybodys_histories(clone: Path) -> None:
    """The web UI starts a run; two workers live it through the balancer, the master has it all."""
    port = str(free_ports(1)[0])
    settings = {"HOLDFAST_LOAD_PORT": port, "PROFILE": "smoke"}
    address = f"http://127.0.0.1:{port}"
    with (
        compose.deployed(clone, "docker-compose.load.yml", **settings) as stack,
        httpx.Client(base_url=address, timeout=10, trust_env=False) as ui,
    ):
        until(lambda: workers(ui) == 2)
        assert ui.get("/holdfast").text == "There is no report before a run has ended."
        assert ui.post("/swarm", data={"user_count": 1, "spawn_rate": 1}).json()["success"]

        until(lambda: "<svg" in ui.get("/holdfast").text, RUN_SECONDS)
        verdict = json.loads(stack.execute("load", "cat", "/out/verdict.json"))
        shared = ui.get("/stats/requests").json()["workers"]

    failed = {name: one for name, one in verdict["guarantees"].items() if one["failed"]}
    assert not failed
    assert verdict["guarantees"]["G2"]["state"] == "PASS"
    assert verdict["requests"] > 500
    assert len([one for one in shared if one["user_count"] >= 0]) == 2


def workers(ui: httpx.Client) -> int:
    """Count the workers that the master knows; none while it does not answer."""
    try:
        return len(ui.get("/stats/requests").json().get("workers", []))
    except (httpx.HTTPError, json.JSONDecodeError):
        return 0
