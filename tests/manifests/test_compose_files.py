"""The compose files, alone and with each overlay, are ones that Docker Compose accepts."""

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
OVERLAYS = sorted(one.name for one in DEPLOY.glob("docker-compose.*.yml"))


@cache
def _has_compose() -> bool:
    """Say whether Docker Compose v2 answers: the client is often there without its plugin."""
    if shutil.which("docker") is None:
        return False
    command = ["docker", "compose", "version"]
    return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0


def configuration(*overlays: str) -> dict[str, Any]:
    if not _has_compose():
        pytest.skip("no docker compose here: compose files are not looked at")
    files = [part for one in ("docker-compose.yml", *overlays) for part in ("-f", one)]
    command = ["docker", "compose", *files, "config", "--format", "json"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOLDFAST_", "COMPOSE_"))}
    done = subprocess.run(
        command, cwd=DEPLOY, env=kept, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("overlay", [(), *((one,) for one in OVERLAYS)], ids="+".join)
def test_every_overlay_fits_the_plain_file(overlay: tuple[str, ...]) -> None:
    made = configuration(*overlay)

    assert {"gateway", "auth", "haproxy"} <= made["services"].keys()
    for name, service in made["services"].items():
        # Ours are built here and never pulled, the others' have a tag that is no moving one.
        if "build" in service:
            assert service["pull_policy"] == "never", name
        else:
            assert not service["image"].endswith(":latest"), name
        assert service["read_only"] is True, name
        assert {port["host_ip"] for port in service.get("ports", ())} <= {"127.0.0.1"}, name
    for config in made["configs"].values():
        assert Path(config["file"]).exists(), config


def test_prometheus_reaches_what_is_internal_by_a_network_without_a_way_out() -> None:
    made = configuration("docker-compose.observability.yml")
    networks = {name: set(one.get("networks", ())) for name, one in made["services"].items()}

    assert networks["prometheus"] >= {"metrics"}
    assert "metrics" in networks["gateway"] & networks["auth"]
    assert made["networks"]["metrics"]["internal"] is True
    assert networks["grafana"] & networks["prometheus"] == {"figures"}
    assert not networks["grafana"] & networks["gateway"]
