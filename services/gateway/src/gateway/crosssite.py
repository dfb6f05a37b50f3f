"""Refuses unsafe requests that another site made a browser send (Fetch Metadata, Origin)."""

from collections.abc import Collection
from typing import Protocol

from servicekit.origins import Origin, origin_of
from servicekit.problems import Problem


class Fields(Protocol):
    """Header fields by lower-case name."""

    def get(self, name: str, /) -> str | None:
        """Return a field's value, None where there is none."""


SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def refuse_cross_site(
    method: str, headers: Fields, own_origin: Origin, allowed: Collection[Origin]
) -> None:
    """Raise Problem cross-site for an unsafe method from elsewhere.

    Neither Sec-Fetch-Site nor Origin: no browser, allowed. `allowed` lists further origins.
    """
    if method in SAFE_METHODS:
        return
    site, field = headers.get("sec-fetch-site"), headers.get("origin")
    origin = None if field is None else origin_of(field)
    if origin is not None and origin in allowed:
        return
    if site is not None:
        if site not in ("same-origin", "none"):
            raise Problem("cross-site")
        return
    if field is not None and origin != own_origin:
        raise Problem("cross-site")
