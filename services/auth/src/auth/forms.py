"""What was wrong with a form, in words that stand beside the field."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import g

from auth.errors import AuthError
from auth.http import identity, who
from auth.problems import of_any
from auth.words import duration
from holdfast import HoldfastError
from servicekit.problem_words import WORDS
from servicekit.problems import Problem
from sessionhttp.events import tell

# What a form's view catches, to show the form again with what was typed.
FAULTS = (AuthError, HoldfastError, Problem)

# Which field a problem's name is about, and what to say there; without a text, the problem's own.
Fields = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a form. `field` is empty where it concerns the form as a whole."""

    field: str
    text: str
    problem: Problem


def fault_of(error: Exception, fields: Fields) -> Fault:
    """Return what to say of an error, and where; the request's log line names it, too."""
    problem = g.problem = of_any(error)
    tell(problem, **who())
    field, text = fields.get(problem.name, ("", ""))
    return Fault(field, text or _text(problem), problem)


def _text(problem: Problem) -> str:
    match problem.name, problem.members.get("reason"):
        case "password-rejected", "too-short":
            return f"Too short: use at least {identity().settings.password_min_length} characters."
        case "too-many-attempts", _:
            wait = int(problem.headers()["retry-after"])
            return f"Too many attempts. Try again in {duration(wait)}."
        case name, _:
            words = WORDS[name].text if name in WORDS else ""
            return problem.detail or f"{problem.title}. {words}"
