"""Locust's master and workers in containers: the checker decides over what all workers saw."""

import json
import re
from pathlib import Path

import httpx
from support import compose
from support.compose import until

from devstack.ports import free_ports

RUN_SECONDS = 120
LINE = re.compile(r"(G[1-8]|p95|p99|errors) (PASS|FAIL|NOT)")


def test_master_and_workers_decide_from_everybodys_histories(clone: Path) -> None:
    """The web UI starts a run; two workers live it through the balancer, the master has it all."""
    port = str(free_ports(1)[0])
    settings = {"HOLDFAST_LOAD_PORT": port, "PROFILE": "expiry"}
    address = f"http://127.0.0.1:{port}"
    with (
        compose.deployed(clone, "docker-compose.load.yml", **settings) as stack,
        httpx.Client(base_url=address, timeout=10, trust_env=False) as ui,
    ):
        until(lambda: workers(ui) == 2)
        assert ui.get("/holdfast").text == "There is no report before a run has ended."
        refused = ui.post("/swarm", data={"profile": "no-such"}).json()
        assert refused["message"].startswith("no profile 'no-such': there are smoke, ")
        assert ui.post("/swarm", data={"profile": "smoke"}).json()["success"]

        until(lambda: "<svg" in ui.get("/holdfast").text, RUN_SECONDS)
        verdict = json.loads(stack.execute("load", "cat", "/out/verdict.json"))
        shared = ui.get("/stats/requests").json()["workers"]
        stack.env["PROFILE"] = "smoke"
        told, code = without_the_web_ui(stack)

    failed = {name: one for name, one in verdict["guarantees"].items() if one["failed"]}
    assert not failed
    assert verdict["guarantees"]["G2"]["state"] == "PASS"
    assert verdict["requests"] > 500  # of the profile that the form names: the other has few
    assert "G2 PASS" in " ".join(told)
    # Limits measure the machine, which may be busy: the exit code has to say so.
    assert code == int(any(" FAIL " in line or "NOT EXERCISED" in line for line in told))
    assert len([one for one in shared if one["user_count"] >= 0]) == 2


def without_the_web_ui(stack: compose.Compose) -> tuple[list[str], int]:
    """Run it as a CI would; return the lines of its verdict, and its exit code."""
    stack("rm", "--stop", "--force", "load")
    stack.env |= {"LOCUST_HEADLESS": "true", "LOCUST_EXPECT_WORKERS": "2"}
    command = [*stack.command, "run", "--rm", "--no-TTY", "--use-aliases", "load"]
    done = compose.run(*command, check=False, cwd=stack.folder, env=stack.env)
    return [line for line in done.stdout.splitlines() if LINE.match(line)], done.returncode


def workers(ui: httpx.Client) -> int:
    """Count the workers that the master knows; none while it does not answer."""
    try:
        return len(ui.get("/stats/requests").json().get("workers", []))
    except (httpx.HTTPError, json.JSONDecodeError):
        return 0
