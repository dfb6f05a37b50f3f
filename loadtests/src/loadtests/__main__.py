"""Run people against a stack, compare systems, judge a record again."""

import argparse
import sys
from pathlib import Path
from typing import Any

from devstack.process import StartError
from devstack.redis_server import NoRedisError
from loadtests import (
    compare,
    contenders,
    marks,
    profiles,
    publish,
    record,
    report,
    sequences,
    stopping,
)
from loadtests.command import Load
from loadtests.people import KINDS
from loadtests.profiles import UsageError
from loadtests.verdict import decide
from peers.peer import PEERS
from servicekit.commandline import Parser, at_least


def _command(commands: Any, name: str, told: str) -> Parser:
    made: Parser = commands.add_parser(name, help=told, description=told.capitalize())
    return made


def _parser() -> Parser:
    parser = Parser("python -m loadtests", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, told in (("run", "run a profile"), ("ui", "the same, with Locust's web UI")):
        command = _command(commands, name, told)
        command.add_argument("--profile", default=profiles.DEFAULT)
        command.add_argument(
            "--targets", default="", help="URLs by comma; without: a stack of ours"
        )
        command.add_argument("--adapter", default="holdfast", help="holdfast or common")
        command.add_argument("--idle-seconds", type=float, help="where the target tells none")
        command.add_argument("--patience", type=float, default=60.0, help="longest idle time, s")
        command.add_argument(
            "--workers", type=at_least(0), default=0, help="Locust worker processes"
        )
        command.add_argument("--out", type=Path, default=Path(".run/load"))
    judge = _command(commands, "judge", "decide a record again, and write its report")
    judge.add_argument("out", type=Path)
    judge.add_argument("--profile", default=profiles.DEFAULT)
    versus = _command(commands, "compare", "the same test against several systems")
    versus.add_argument(
        "target", nargs="*", metavar="PEER", help="one of loadtests/peers, or NAME=URL,URL"
    )
    versus.add_argument(
        "--idle-seconds", type=float, default=4.0, help="idle time of those that run already"
    )
    versus.add_argument("--out", type=Path, default=Path(".run/compare"))
    docs = _command(commands, "publish", "take the last comparison over into docs/")
    docs.add_argument("--out", type=Path, default=Path(".run/compare"))
    _command(commands, "kinds", "list the kinds of people")
    return parser


def _run(options: argparse.Namespace) -> int:
    load = Load(
        options.profile,
        options.out,
        options.adapter,
        options.idle_seconds,
        options.patience,
        web=options.command == "ui",
        workers=options.workers,
    )
    urls = options.targets.replace(" ", ",").split(",")
    return load.on(urls) if urls[0] else load.on_own_stack()


def _judge(options: argparse.Namespace) -> int:
    profile = profiles.load(options.profile)
    if not (options.out / "record").exists():
        raise UsageError(f"no record in {options.out}")
    entries = record.read(options.out / "record")
    verdict = decide(entries, marks.read(options.out), profile.asked, profile.limits)
    report.write(verdict, options.out, str(options.out))
    for line in verdict.lines:
        print(line)
    for score in verdict.scores.values():
        for violation in score.shown:
            print(f"\n{violation.person}: {violation.what}")
            print("\n".join(sequences.lines(violation)))
    return int(not verdict.holds)


def _compare(options: argparse.Namespace) -> int:
    known = [contenders.named(told, options.idle_seconds) for told in options.target or PEERS]
    print(compare.run([contenders.ours(), *known], options.out))
    return 0


def _publish(options: argparse.Namespace) -> int:
    publish.publish(options.out, publish.DOCUMENT)
    print(f"taken over from {options.out}: the table of {publish.DOCUMENT}, and its picture")
    return 0


def _kinds(_: argparse.Namespace) -> int:
    for kind in KINDS.values():
        told = (kind.live.__doc__ or "").partition("\n")[0]
        print(f"{kind.name:15} {' '.join(sorted(kind.exercises)):15} {told}")
    return 0


def main() -> int:
    """Do what the command line says; 2 when that makes no sense."""
    options = _parser().parse_args()
    commands = {
        "run": _run,
        "ui": _run,
        "judge": _judge,
        "compare": _compare,
        "publish": _publish,
        "kinds": _kinds,
    }
    stopping.by_sigterm_as_by_ctrl_c()
    try:
        return commands[options.command](options)
    except (UsageError, StartError, NoRedisError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
