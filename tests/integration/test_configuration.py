"""A bad configuration stops the start with one clear line; the good ones are documented."""

import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from auth.app import check as check_auth
from auth.settings import AuthSettings
from gateway.app import check as check_gateway
from gateway.settings import GatewaySettings
from servicekit.settings import mistyped

GOOD = {
    "HOLDFAST_REDIS_URL": "redis://127.0.0.1:1/0",
    "HOLDFAST_PEPPER": "0123456789abcdef-pepper",
    "HOLDFAST_SERVICE_TOKEN": "0123456789abcdef-service",
    "HOLDFAST_ADMIN_TOKEN": "0123456789abcdef-admin",
    "HOLDFAST_DATABASE_URL": "sqlite:////tmp/never-opened.sqlite",
    "HOLDFAST_AUTH_URLS": "http://127.0.0.1:1",
}
CHECKS = {"auth": check_auth, "gateway": check_gateway}
MOST_SESSIONS = "HOLDFAST_MAX_SESSIONS_PER_USER"
REDIS, DATABASE = "HOLDFAST_REDIS_URL", "HOLDFAST_DATABASE_URL"
BAD = [
    ("auth", {"HOLDFAST_PEPPER": ""}, "HOLDFAST_PEPPER is missing"),
    ("auth", {"HOLDFAST_PEPPER": "changeme-changeme"}, "HOLDFAST_PEPPER is a placeholder"),
    ("auth", {"HOLDFAST_ADMIN_TOKEN": "short"}, "HOLDFAST_ADMIN_TOKEN is too short"),
    ("auth", {"HOLDFAST_PEPPER_FILE": "/x"}, "HOLDFAST_PEPPER is set twice"),
    ("auth", {"HOLDFAST_PEPPER": "", "HOLDFAST_PEPPER_FILE": "/x"}, "HOLDFAST_PEPPER names a file"),
    ("auth", {DATABASE: "mysql://x"}, f"{DATABASE} is malformed"),
    ("auth", {DATABASE: "postgresql://h:port/x"}, f"{DATABASE} is malformed"),
    ("auth", {"HOLDFAST_REGISTRATION": "maybe"}, "HOLDFAST_REGISTRATION is malformed"),
    ("auth", {"HOLDFAST_PASSWORD_MIN_LENGTH": "7"}, "HOLDFAST_PASSWORD_MIN_LENGTH is malformed"),
    ("auth", {"HOLDFAST_REDIS_PREFIX": "a b"}, "HOLDFAST_REDIS_PREFIX is malformed"),
    ("auth", {MOST_SESSIONS: "1001"}, f"{MOST_SESSIONS} is malformed"),
    ("gateway", {"HOLDFAST_SERVICE_TOKEN": "x" * 20}, "HOLDFAST_SERVICE_TOKEN is a placeholder"),
    ("gateway", {REDIS: ""}, f"{REDIS} is missing"),
    ("gateway", {REDIS: "http://x"}, f"{REDIS} is malformed"),
    ("gateway", {REDIS: "redis://"}, f"{REDIS} is malformed: it names no host"),
    ("gateway", {REDIS: "redis://h:port/0"}, f"{REDIS} is malformed: it names no host"),
    ("gateway", {REDIS: "redis://h/zero"}, f"{REDIS} is malformed: its path is not"),
    ("gateway", {REDIS: "redis://h/0?x=1"}, f"{REDIS} is malformed: an option is unknown"),
    ("gateway", {REDIS: "rediss://h/0?ssl_ca_certs=/x"}, f"{REDIS} is malformed: ssl_ca_certs"),
    ("gateway", {REDIS: "redis+sentinel://h:1"}, f"{REDIS} is malformed: it names no group"),
    ("gateway", {REDIS: "redis+cluster://h:x"}, f"{REDIS} is malformed: it names no hosts"),
    ("gateway", {REDIS: "rediss+sentinel://h:1"}, f"{REDIS} is malformed: it names no group"),
    ("gateway", {REDIS: "rediss+cluster://h:1,:2"}, f"{REDIS} is malformed: it names no hosts"),
    ("gateway", {REDIS: "rediss+cluster://h?x=1"}, f"{REDIS} is malformed: an option is unknown"),
    ("gateway", {REDIS: "redis+cluster://h?ssl_keyfile="}, f"{REDIS} is malformed: an option is"),
    ("gateway", {REDIS: "rediss+cluster://h?ssl_keyfile=/x"}, f"{REDIS} is malformed: ssl_keyf"),
    ("gateway", {REDIS: "rediss+cluster://h?ssl_ca_certs="}, f"{REDIS} is malformed: ssl_ca_certs"),
    ("gateway", {REDIS: "rediss+cluster://h?ssl_cert_reqs=x"}, f"{REDIS} is malformed: an option"),
    ("gateway", {REDIS: "rediss://h/0?ssl_cert_reqs=x"}, f"{REDIS} is malformed: an option of TLS"),
    ("gateway", {REDIS: "redis+cluster://u:22?pass@h"}, f"{REDIS} is malformed: an option is unkn"),
    ("gateway", {REDIS: "redis://u:p[ass@h"}, f"{REDIS} is malformed: it is no URL"),
    ("gateway", {REDIS: "unix://"}, f"{REDIS} is malformed: it names no socket"),
    ("gateway", {"HOLDFAST_AUTH_URLS": ""}, "HOLDFAST_AUTH_URLS is missing"),
    ("gateway", {"HOLDFAST_AUTH_URLS": ","}, "HOLDFAST_AUTH_URLS is malformed"),
    ("gateway", {"HOLDFAST_AUTH_URLS": "auth:8000"}, "HOLDFAST_AUTH_URLS is malformed"),
    ("gateway", {"HOLDFAST_ALLOWED_ORIGINS": "example.org"}, "HOLDFAST_ALLOWED_ORIGINS is malf"),
    ("gateway", {"HOLDFAST_IDLE_SECONDS": "0"}, "HOLDFAST_IDLE_SECONDS is malformed"),
    ("gateway", {"HOLDFAST_WAIT_REPLICAS": "-1"}, "HOLDFAST_WAIT_REPLICAS is malformed"),
    ("gateway", {"HOLDFAST_COOKIE_SECURE": "perhaps"}, "HOLDFAST_COOKIE_SECURE is malformed"),
    ("gateway", {"HOLDFAST_ROUTES": "/no/such/file"}, "/no/such/file: No such file"),
    ("gateway", {"HOLDFAST_TRUSTED_PROXIES": "everybody"}, "HOLDFAST_TRUSTED_PROXIES is malf"),
]


@pytest.mark.parametrize(("service", "change", "told"), BAD)
def test_OBS_12_a_bad_setting_is_told_in_one_line_that_names_it(
    service: str, change: dict[str, str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        CHECKS[service]({**GOOD, **change})

    assert stopped.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith(told)


ROUTE = '[[routes]]\nprefix = "/a"\nupstream = "http://a"\n'
BAD_ROUTES = [
    ("[[routes]\n", "Expected ']]'"),
    (ROUTE.replace("upstream", "upstrem"), "Object contains unknown field `upstrem`"),
    (ROUTE.replace("http://a", "a"), "upstream 'a' is not a URL like http://"),
    (ROUTE.replace("//a", "//me:secret@a"), "upstream is not a URL like http://"),
    (ROUTE + 'access = "everybody"\n', "access 'everybody' is not public, session or role:<name>"),
    *(
        (ROUTE.replace("/a", own, 1), f"prefix {own} is the gateway's own")
        for own in ("/login", "/sessions/all", "/session", "/auth/verify", "/healthz", "/docs")
    ),
    (ROUTE + ROUTE, "prefix /a stands twice"),
]


@pytest.mark.parametrize(("routes", "told"), BAD_ROUTES)
def test_OBS_12_a_bad_route_file_is_told_in_one_line_that_names_it(
    routes: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(routes)
    with pytest.raises(SystemExit) as stopped:
        check_gateway({**GOOD, "HOLDFAST_ROUTES": str(file)})

    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{file}: {told}")


@pytest.mark.parametrize("service", ["auth", "gateway"])
def test_OBS_12_a_bad_setting_stops_the_start(service: str) -> None:
    env = {"PATH": os.environ["PATH"], **GOOD, "HOLDFAST_PEPPER": ""}
    command = [sys.executable, "-m", "gunicorn", "-c", f"python:{service}.gunicorn_conf"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode != 0
    assert done.stderr.splitlines() == ["HOLDFAST_PEPPER is missing"]


def test_every_setting_is_documented_and_nothing_else() -> None:
    text = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    told = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `HOLDFAST_")}
    kinds = (GatewaySettings, AuthSettings)
    known = {f"HOLDFAST_{one.name.upper()}" for k in kinds for one in msgspec.structs.fields(k)}

    assert told == known


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("HOLDFAST_IDEL_SECONDS", "HOLDFAST_IDLE_SECONDS"),
        ("HOLDFAST_REDIS_URI", "HOLDFAST_REDIS_URL"),
        ("HOLDFAST_PEPER_FILE", "HOLDFAST_PEPPER_FILE"),
    ],
)
def test_a_mistyped_setting_is_warned_of_at_the_start(
    name: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        check_gateway({**GOOD, name: "3", "HOLDFAST_TOUCH_SECONDS": "soon"})

    warning, _ = capsys.readouterr().err.splitlines()
    assert warning == f"warning: {name} is no setting: did you mean {meant}?"


def test_what_another_service_or_the_deployment_knows_is_not_called_mistyped() -> None:
    root = Path(__file__).parents[2]
    files = [*(root / "deploy").rglob("*"), *(root / "docs").glob("*.md"), root / "Makefile"]
    texts = [one.read_text() for one in files if one.is_file() and one.suffix != ".png"]
    named = dict.fromkeys(re.findall(r"\bHOLDFAST_[A-Z_]*[A-Z]\b", "\n".join(texts)), "x")

    assert {"HOLDFAST_PORT", "HOLDFAST_EDGE_NET", "HOLDFAST_DATABASE_URL"} <= named.keys()
    assert [mistyped(kind, named) for kind in (GatewaySettings, AuthSettings)] == [{}, {}]
