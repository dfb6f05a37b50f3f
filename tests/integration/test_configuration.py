"""A bad configuration stops the start with one clear line; the good ones are documented."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from auth.settings import AuthSettings
from gateway.settings import GatewaySettings

GOOD = {
    "HOLDFAST_REDIS_URL": "redis://127.0.0.1:1/0",
    "HOLDFAST_PEPPER": "0123456789abcdef-pepper",
    "HOLDFAST_SERVICE_TOKEN": "0123456789abcdef-service",
    "HOLDFAST_ADMIN_TOKEN": "0123456789abcdef-admin",
    "HOLDFAST_DATABASE_URL": "sqlite:////tmp/never-opened.sqlite",
    "HOLDFAST_AUTH_URLS": "http://127.0.0.1:1",
}
BAD = [
    ("auth", {"HOLDFAST_PEPPER": ""}, "HOLDFAST_PEPPER is missing"),
    ("auth", {"HOLDFAST_PEPPER": "changeme-changeme"}, "HOLDFAST_PEPPER is a placeholder"),
    ("auth", {"HOLDFAST_DATABASE_URL": "mysql://x"}, "HOLDFAST_DATABASE_URL is malformed"),
    ("auth", {"HOLDFAST_REGISTRATION": "maybe"}, "HOLDFAST_REGISTRATION is malformed"),
    ("gateway", {"HOLDFAST_REDIS_URL": "http://x"}, "HOLDFAST_REDIS_URL is malformed"),
    ("gateway", {"HOLDFAST_AUTH_URLS": ""}, "HOLDFAST_AUTH_URLS is missing"),
    ("gateway", {"HOLDFAST_IDLE_SECONDS": "0"}, "HOLDFAST_IDLE_SECONDS is malformed"),
    ("gateway", {"HOLDFAST_ROUTES": "/no/such/file"}, "/no/such/file: No such file"),
    ("gateway", {"HOLDFAST_TRUSTED_PROXIES": "everybody"}, "'everybody' does not appear"),
]


@pytest.mark.parametrize(("service", "change", "told"), BAD)
def test_a_bad_setting_stops_the_start_with_one_line(
    service: str, change: dict[str, str], told: str
) -> None:
    env = {"PATH": os.environ["PATH"], **GOOD, **change}
    command = [sys.executable, "-m", "gunicorn", "-c", f"python:{service}.gunicorn_conf"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode != 0
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(told)


def test_every_setting_is_documented_and_nothing_else() -> None:
    text = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    told = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `HOLDFAST_")}
    kinds = (GatewaySettings, AuthSettings)
    known = {f"HOLDFAST_{one.name.upper()}" for k in kinds for one in msgspec.structs.fields(k)}

    assert told == known
