"""Generated requests against running services, held against their OpenAPI documents.

A few seconds here; `make fuzz` gives each run FUZZ_SECONDS and the property tests more examples.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.people import Person

from devstack.stack import Stack

SECONDS = os.environ.get("FUZZ_SECONDS")
BUDGET = ["--max-time", SECONDS] if SECONDS else ["--max-examples", "10"]
# What is well-formed can still be refused: a password is too common, a form's token is not ours.
LEFT_OUT = ["--exclude-checks", "positive_data_acceptance"]


def fuzz(url: str, folder: Path, *options: str) -> None:
    """Run schemathesis with every check; its whole report is the message of a failure."""
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{url}/openapi.json"]
    command += ["--checks", "all", *LEFT_OUT, "--phases", "coverage,fuzzing", *BUDGET]
    command += ["--suppress-health-check", "all", "--generation-database", "none"]
    command += ["--continue-on-failure", "--no-color", "--warnings", "off", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    # What was tried, for whoever runs it with -s.
    print(done.stdout[done.stdout.rfind("SUMMARY") :])  # noqa: T201 - shown with -s


def errors_of_ours(stack: Stack) -> list[str]:
    logs = [stack.folder / f"{name}.log" for name in stack.internal]
    return [line for log in logs for line in log.read_text().splitlines() if '"unexpected"' in line]


@pytest.mark.timeout(int(SECONDS or 60) * 2 + 60)
@pytest.mark.parametrize("signed_in", [False, True], ids=["nobody", "somebody"])
def test_ERR_08_no_generated_request_makes_an_error_of_ours(
    fuzzed: Stack, tmp_path: Path, signed_in: bool
) -> None:
    person = Person(*fuzzed.urls).register()
    # Takes any method on purpose, which no document can say.
    options = ["--exclude-path", "/auth/verify/{path}"]
    if signed_in:
        person.log_in()
        options += ["--header", f"Cookie: holdfast={person.cookie}"]
        # These end the session that this run is about; ids are learnt from the list and tried.
        for path in ("/logout", "/password", "/session/rotate", "/login", "/sessions/{id}"):
            options += ["--exclude-path", path]
    pids = {name: process.pid for name, process in fuzzed.processes.items()}

    fuzz(fuzzed.urls[0], tmp_path, *options)

    assert errors_of_ours(fuzzed) == []
    assert {name: process.pid for name, process in fuzzed.processes.items()} == pids
    told = person.get("/session")
    person.close()
    assert told.is_success is signed_in, told.text


@pytest.mark.timeout(int(SECONDS or 60) * 2 + 60)
def test_ERR_08_no_generated_admin_request_makes_an_error_of_ours(
    fuzzed: Stack, tmp_path: Path
) -> None:
    token = (fuzzed.folder / "holdfast_admin_token").read_text()
    inside = f"http://127.0.0.1:{fuzzed.internal['auth-1']}"

    fuzz(inside, tmp_path, "--header", f"Authorization: Bearer {token}")

    assert errors_of_ours(fuzzed) == []
