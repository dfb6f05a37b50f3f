"""Command lines that tell misuse in one line."""

import argparse
from collections.abc import Callable
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Exits with 2 and one line where others print their usage; its subcommands do likewise."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and where to read what is right."""
        self.exit(2, f"{self.prog}: {message} (--help tells more)\n")


def utf_8(text: str) -> str:
    """Take text alone: Python reads other bytes of a command line as lone surrogates (PEP 383)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("not UTF-8") from None
    return text


def at_least(least: int) -> Callable[[str], int]:
    """Return a type of arguments: whole numbers from `least` up."""

    def whole_number(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"{number} is less than {least}")
        return number

    return whole_number
