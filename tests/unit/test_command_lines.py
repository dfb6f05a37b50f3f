"""Every command line has --help, and tells misuse and what it cannot reach in one line, exit 2."""

import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import auth.cli
import bench.__main__
import bench.publish
import devstack.__main__
import holdfast.conformance.__main__
import loadtests.__main__
import peers.__main__

Run = Callable[..., tuple[int, str, str]]

PROGRAMS: Mapping[str, Callable[[], int]] = {
    "holdfast-admin": auth.cli.main,
    "holdfast.conformance": holdfast.conformance.__main__.main,
    "devstack": devstack.__main__.main,
    "loadtests": loadtests.__main__.main,
    "bench": bench.__main__.main,
    "bench.publish": bench.publish.main,
    "peers": peers.__main__.main,
}
SECRET = "Zq8vJ2rT5yWm1xKc9Lb4Nf7Hd3Gs6Pa0"
NOBODY = "127.0.0.1:1"
ADMIN = {
    "HOLDFAST_REDIS_URL": f"redis://{NOBODY}",
    "HOLDFAST_DATABASE_URL": f"postgresql://somebody:secret@{NOBODY}/accounts",
    **{f"HOLDFAST_{name}": SECRET for name in ("PEPPER", "SERVICE_TOKEN", "ADMIN_TOKEN")},
}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command line in this process; return its exit code and both outputs."""
    monkeypatch.chdir(tmp_path)

    def run(line: str, env: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        program, *words = shlex.split(line)
        monkeypatch.setattr(sys, "argv", [program, *words])
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        try:
            code = PROGRAMS[program]()
        except SystemExit as end:
            code = int(end.code or 0)
        return code, *capfd.readouterr()

    return run


@pytest.mark.parametrize(
    "line",
    [
        *PROGRAMS,
        *(f"holdfast-admin {group}" for group in ("users", "sessions", "migrate", "check-config")),
        *(
            f"holdfast-admin users {verb}"
            for verb in ("create", "set-password", "disable", "roles")
        ),
        *(f"loadtests {command}" for command in ("run", "ui", "judge", "compare", "kinds")),
    ],
)
def test_help_says_what_it_is_for(run: Run, line: str) -> None:
    code, told, wrong = run(f"{line} --help")

    assert (code, wrong) == (0, "")
    assert told.startswith("usage: ")
    # A sentence, above the list of options.
    assert told.split("\n\n")[1][0].isalpha(), told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("holdfast-admin", "COMMAND"),
        ("holdfast-admin sailors", "'sailors'"),
        ("holdfast-admin users", "COMMAND"),
        ("holdfast-admin users create", "username"),
        ("holdfast-admin users show a b", "unrecognized arguments: b"),
        ("holdfast.conformance", "which store?"),
        ("holdfast.conformance --wrong", "--wrong"),
        ("holdfast.conformance store", "'store' is not of the form module:factory"),
        ("holdfast.conformance no_such:make", "No module named 'no_such'"),
        ("holdfast.conformance x:y --rounds 0", "'0' is no whole number above 0"),
        ("devstack --wrong", "--wrong"),
        ("loadtests", "command"),
        ("loadtests sail", "'sail'"),
        ("loadtests run --profile storm", "no profile 'storm'"),
        ("loadtests run --workers -1", "-1 is less than 0"),
        ("loadtests run --idle-seconds soon", "'soon'"),
        ("loadtests judge nowhere", "no record in nowhere"),
        ("loadtests compare somebody", "'somebody' is no NAME=URL,URL"),
        ("bench --rounds 0", "'0'"),
        ("bench --connections many", "'many'"),
        ("peers express", "unrecognized arguments: express"),
    ],
)
def test_misuse_is_one_line(run: Run, line: str, told: str) -> None:
    code, out, wrong = run(line)

    assert (code, out) == (2, "")
    assert wrong.count("\n") == 1, wrong
    assert told in wrong


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"PORT": "harbour"}, "PORT=harbour is no whole number"),
        ({"PORT": "65535"}, "PORT=65535 is no whole number from 1 to 65533"),
        ({"GATEWAYS": "0"}, "GATEWAYS=0 is no whole number from 1 to 16"),
    ],
)
def test_a_setting_of_the_stack_that_cannot_be_is_one_line(
    run: Run, env: Mapping[str, str], told: str
) -> None:
    code, out, wrong = run("devstack", env)

    assert (code, out, wrong.count("\n")) == (2, "", 1)
    assert told in wrong


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("holdfast-admin users show kingsley", "AccountsUnavailable"),
        ("holdfast-admin migrate", "AccountsUnavailable"),
        ("holdfast-admin sessions end-everybody", "StoreUnavailable"),
    ],
)
def test_a_server_that_is_not_there_is_one_line_without_its_password(
    run: Run, line: str, told: str
) -> None:
    code, out, wrong = run(line, ADMIN)

    assert (code, out, wrong.count("\n")) == (1, "", 1), wrong
    assert wrong.startswith(told)
    assert "secret" not in wrong


def test_a_setting_that_is_missing_is_one_line_each(run: Run) -> None:
    code, out, wrong = run("holdfast-admin check-config", {"HOLDFAST_PEPPER": SECRET})

    assert (code, out) == (2, "")
    assert "HOLDFAST_REDIS_URL is missing\n" in wrong
    assert wrong.count(" is missing\n") == wrong.count("\n")
