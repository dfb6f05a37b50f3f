"""Cases from public bug reports of other systems, tried on a running stack."""

from edge.conftest import (
    black_hole,
    echo,
    person,
    scripted,
    service,
    silent,
    stack,
    visitor,
)

__all__ = [
    "black_hole",
    "echo",
    "person",
    "scripted",
    "service",
    "silent",
    "stack",
    "visitor",
]
