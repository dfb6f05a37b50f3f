"""What the fields of a request say about its body (RFC 9110, 8.3, 8.4 and 14.4)."""

from servicekit.negotiation import Fields
from servicekit.problems import Problem

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
UNSAFE_METHODS = frozenset(("POST", "PUT", "PATCH", "DELETE"))


def media_type(fields: Fields) -> str:
    """Return the media type without its parameters, in lower case; empty if none is given."""
    return fields.get("content-type", "").partition(";")[0].strip().lower()


def refuse_coded(method: str, fields: Fields) -> None:
    """Refuse a body that would have to be decoded, or is a part of what is to be put.

    Raises Problem unsupported-media-type (RFC 9110, 15.5.16), bad-request (14.4).
    """
    codings = {one.strip().lower() for one in fields.get("content-encoding", "").split(",")}
    if codings - {"", "identity"}:
        raise Problem(
            "unsupported-media-type",
            "The body must come without a content coding.",
            headers={"accept-encoding": "identity"},
        )
    if method == "PUT" and fields.get("content-range", ""):
        raise Problem("bad-request", "A part of a value cannot be put: Content-Range.")


def require_json(method: str, fields: Fields) -> None:
    """Refuse a body that is not plain JSON. Raises as `refuse_coded` does."""
    if media_type(fields) != JSON:
        raise Problem("unsupported-media-type", f"The body must be {JSON}.")
    refuse_coded(method, fields)


def judge_unused(fields: Fields, *, also: str = "") -> None:
    """Refuse a body that a call does not read, unless it is JSON or of the type `also`.

    A page of another site may send text/plain and multipart/form-data without a preflight (Fetch,
    2.2.2), so that no call may succeed with them. Raises Problem unsupported-media-type.
    """
    if media_type(fields) not in {JSON, also or JSON}:
        raise Problem("unsupported-media-type", f"The body must be {JSON}, or empty.")
