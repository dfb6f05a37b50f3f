"""`python -m holdfast.conformance module:factory`."""

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from holdfast.conformance import report
from holdfast.conformance.case import Case
from holdfast.conformance.cases import CASES
from holdfast.conformance.harness import ROUNDS, NotOffered, RealTime, blocking
from holdfast.conformance.report import Verdict
from holdfast.token import Token

_EPILOG = """\
module:factory names a function that takes nothing and returns a store: the verbs of holdfast.store,
blocking or async, or holdfast.conformance.WholeSessions around a library that reads and writes
whole sessions. The store is used, and what it holds of other sessions is ended: give it a server
of its own. Exit: 0 nothing failed, 1 a case failed, 2 the store cannot be asked."""


class Misuse(Exception):
    """The adapter cannot be used; the message is one line."""


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"holdfast.conformance: {message} (--help tells more)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m holdfast.conformance",
        description="Hold a session store to the session contract, races included.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("adapter", nargs="?", help="module:factory")
    parser.add_argument("--only", default="", metavar="WORDS", help="cases whose name has these")
    parser.add_argument(
        "--rounds",
        type=_positive,
        default=ROUNDS,
        metavar="N",
        help="of the longest race (%(default)s)",
    )
    parser.add_argument("--list", action="store_true", help="list the cases and end")
    parser.add_argument("--json", action="store_true", help="write the report as JSON")
    return parser


def _store(adapter: str | None) -> Any:
    """Make the adapter's store. Raises Misuse."""
    if adapter is None:
        raise Misuse("which store? Give module:factory, or --help")
    name, _, factory = adapter.partition(":")
    if not name or not factory:
        raise Misuse(f"{adapter!r} is not of the form module:factory")
    sys.path.insert(0, "")
    try:
        make = getattr(importlib.import_module(name), factory)
        store = blocking(make())
        RealTime(store).store.load(Token.new(0))
    except NotOffered as verb:
        raise Misuse(f"{adapter} makes no store: it has no {verb}") from None
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise Misuse(f"{adapter} cannot be used: {said}") from error
    return store


def _chosen(words: str) -> list[Case]:
    found = [case for case in CASES if words in case.name]
    if not found:
        raise Misuse(f"no case has {words!r} in its name")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the kit; return the exit code."""
    if not __debug__:
        sys.stderr.write("holdfast.conformance: python -O takes the assertions away\n")
        return 2
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        cases = _chosen(given.only)
        if given.list:
            print(*(f"{case.topic}: {case.name}" for case in cases), sep="\n")
            return 0
        store = _store(given.adapter)
    except Misuse as error:
        sys.stderr.write(f"holdfast.conformance: {error}\n")
        return 2
    return _run(cases, RealTime(store, given.rounds), as_json=given.json)


def _run(cases: list[Case], harness: RealTime, *, as_json: bool) -> int:
    def tell(line: str) -> None:
        print(line, flush=True, file=sys.stderr if as_json else sys.stdout)

    results = report.run(cases, harness, tell)
    tell(f"\n{report.summary(results)}")
    if as_json:
        rows = [{"case": r.case.name, "verdict": r.verdict.value, "why": r.why} for r in results]
        print(json.dumps(rows, indent=1))
    return int(any(result.verdict is Verdict.FAILED for result in results))


if __name__ == "__main__":
    sys.exit(main())
