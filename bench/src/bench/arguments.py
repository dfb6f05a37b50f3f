"""The command line."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from bench.errors import BenchError
from bench.lanes import OTHERS, WORKS


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, by raising BenchError."""

    def error(self, message: str) -> NoReturn:
        """Raise BenchError instead of printing the usage."""
        raise BenchError(message)


def count(text: str) -> int:
    """Read a number from 1 up."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


count.__name__ = "count from 1 up"


def read(words: Sequence[str]) -> argparse.Namespace:
    """Read the words behind the command. Raises BenchError, one line, for what makes no sense."""
    parser = Parser(prog="make bench ARGS=", description="The same work, side by side, in turns.")
    add = parser.add_argument
    add("--only", nargs="+", choices=WORKS, default=WORKS, metavar="WORK", help=" ".join(WORKS))
    add(
        "--against",
        nargs="+",
        choices=OTHERS,
        metavar="NAME",
        help=f"these must be here; without it, whoever is: {' '.join(OTHERS)}",
    )
    add("--connections", type=count, nargs="+", default=[32], metavar="N")
    add("--rounds", type=count, default=5, metavar="N")
    add("--seconds", type=count, default=2, metavar="S", help="of one lane in one round")
    add("--warmup", type=int, default=1, metavar="S", help="of every lane before; may be 0")
    add("--out", type=Path, default=Path(".bench"))
    return parser.parse_args(words)
