"""What a client wants: a page or JSON, and whether a person is on the way to a page."""

from typing import Protocol


class Fields(Protocol):
    """Header fields by name, in any case; lines of one name are joined by commas."""

    def get(self, key: str, default: str, /) -> str:
        """Return a field's value."""


def prefers_html(accept: str) -> bool:
    """Tell whether a client names HTML and likes it at least as much as JSON (RFC 9110, 12.5.1)."""
    likes: dict[str, float] = {}
    for part in accept.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        try:
            likes[kind] = float(weight)
        except ValueError:
            return False
    liked = likes.get("text/html", 0)
    return liked > 0 and liked >= likes.get("application/json", 0)


def is_navigation(method: str, headers: Fields) -> bool:
    """Tell whether a person opens a page, so that a redirect to sign-in leads somewhere.

    Scripts, frames and images must see the 401 itself, and a form that was sent must not be lost
    in a redirect. Browsers without Fetch Metadata are told by what they accept.
    """
    return (
        method in ("GET", "HEAD")
        and headers.get("sec-fetch-mode", "navigate") == "navigate"
        and headers.get("sec-fetch-dest", "document") == "document"
        and prefers_html(headers.get("accept", ""))
    )
