"""The kit itself: it passes what conforms, and fails what loses updates or brings sessions back."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.documents import texts

from holdfast.conformance import CASES, Case, Harness
from holdfast.conformance.report import Verdict, run_case

HERE = Path(__file__).parent


def kit(*arguments: str, at: Path = HERE, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "holdfast.conformance", *arguments],
        cwd=at,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_documented_adapter_fails_where_it_loses_updates_and_resurrects(
    tmp_path: Path,
) -> None:
    (adapter,) = texts("docs/conformance.md", "python")
    (tmp_path / "my_adapter.py").write_text(adapter)

    done = kit("my_adapter:make", "--json", at=tmp_path)
    verdicts = {row["case"]: row["verdict"] for row in json.loads(done.stdout)}

    assert done.returncode == 1
    for case in (
        "fifty parallel increments give fifty",
        "parallel writes of different names all survive",
        "logouts raced by a writer leave no live session (1)",
    ):
        assert verdicts[case] == "FAIL", done.stderr
    for case in ("a created session is loaded as it began", "an old token is an alias"):
        assert {verdicts[one] for one in verdicts if one.startswith(case)} == {"none"}
    assert verdicts["create never adopts a token"] == "FAIL"
    assert verdicts["each intent does what it says (1)"] == "pass"
    assert "does not conform: " in done.stderr


def test_a_store_that_conforms_passes_every_case() -> None:
    done = kit("stores:memory", "--rounds", "50")

    assert (done.returncode, done.stderr) == (0, "")
    assert f"conforms: {len(CASES)} passed, 0 failed" in done.stdout


def test_an_asyncio_store_is_asked_too(redis_url: str) -> None:
    done = kit("stores:asynchronous", "--only", "parallel", REDIS_URL=redis_url)

    assert (done.returncode, done.stdout.count("  pass  ")) == (0, 3), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["stores"], "'stores' is not of the form module:factory"),
        (["no_such_module:make"], "No module named 'no_such_module'"),
        (["stores:no_such_factory"], "no_such_factory"),
        (["stores:dead"], "StoreUnavailable"),
        (["stores:nothing"], "it has no load"),
        ([], "which store?"),
        (["stores:memory", "--only", "no such case"], "no case has"),
    ],
)
def test_misuse_is_told_in_one_line(arguments: list[str], told: str) -> None:
    done = kit(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert told in done.stderr


def test_help_and_list_need_no_store() -> None:
    assert "module:factory" in kit("--help").stdout
    assert kit("--list", "--only", "rotation").stdout.count("\n") == 3
    assert kit("stores:memory", "--rounds", "0").returncode == 2


def test_an_essential_verb_that_is_missing_is_a_failure() -> None:
    done = kit("stores:read_only", "--only", "byte for byte")

    assert (done.returncode, "the store offers no create" in done.stdout) == (1, True)


def test_a_store_that_hangs_fails_and_the_kit_goes_on() -> None:
    class Hanging:
        store, rounds = None, 1

        def now(self) -> int:
            return 0

        def wait_until(self, ms: int) -> None:
            """Not asked."""

    def hang(_: Harness) -> None:
        released.wait(5)

    released = threading.Event()
    result = run_case(Case("topic", "hangs", hang), Hanging(), most_s=0.1)
    released.set()
    assert (result.verdict, result.why) == (Verdict.FAILED, "no end in 0 s")
