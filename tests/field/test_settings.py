"""Settings that make no sense stop the start with one line, before anything listens."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from auth.settings import AuthSettings
from gateway.settings import GatewaySettings
from servicekit.settings import SettingsError, read

SECRET = "kq3-VnHere-8Zr_0pLw"
NEEDED = {
    "HOLDFAST_REDIS_URL": "redis://127.0.0.1:1",
    "HOLDFAST_PEPPER": SECRET,
    "HOLDFAST_SERVICE_TOKEN": SECRET,
    "HOLDFAST_ADMIN_TOKEN": SECRET,
    "HOLDFAST_DATABASE_URL": "sqlite://",
    "HOLDFAST_AUTH_URLS": "http://127.0.0.1:8000",
}


def refusal(kind: type[AuthSettings | GatewaySettings], **settings: str) -> str:
    """Return the one line that the settings are refused with, empty where they are taken."""
    try:
        read(kind, {**NEEDED, "HOLDFAST_DATABASE_URL": "sqlite:///x", **settings})
    except SettingsError as error:
        (line,) = error.faults
        assert "\n" not in line
        return line
    return ""


@pytest.mark.parametrize("service", ["gateway", "auth"])
def test_a_bind_that_makes_no_sense_stops_the_start_with_one_line(
    service: str, tmp_path: Path
) -> None:
    """No service listens on an address that nobody asked for, and none tries for ever.

    Report: this project's review (case Q18).
    Rule: RFC 3986, 3.2.2 and 3.2.3; ASVS 5.0, 13.1.
    """
    env = {
        **os.environ,
        **NEEDED,
        "HOLDFAST_DATABASE_URL": f"sqlite:///{tmp_path}/accounts.sqlite",
        "HOLDFAST_BIND": "127.0.0.1",
        "HOLDFAST_INTERNAL_BIND": "[::]:99999",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", f"python:{service}.gunicorn_conf"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "HOLDFAST_BIND is malformed: no port, as in 127.0.0.1:8080 or [::1]:8080 (got '127.0.0.1')",
        "HOLDFAST_INTERNAL_BIND is malformed: the port is not from 1 to 65535 (got '[::]:99999')",
    ]
