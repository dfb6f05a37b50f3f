"""The session library's errors as HTTP answers, where an application has no answer of its own."""

from holdfast import errors

RETRY_SECONDS = 1
_ANSWERS: dict[type[errors.HoldfastError], tuple[int, str]] = {
    errors.StoreError: (503, "The session is out of reach for a moment."),
    errors.SessionEnded: (401, "The session is over."),
    errors.QuotaExceeded: (413, "The session would be too large."),
    errors.Refused: (409, "Another request changed the session in between; nothing was changed."),
}
ANSWERED = (errors.StoreError, errors.Refused)
"""The errors that have an answer. What is left is the program's own mistake."""


def answer_of(error: errors.HoldfastError) -> tuple[int, dict[str, str], str]:
    """Return status, headers and a sentence. 409: the same request, sent again, sees the change."""
    status, text = next(told for kind, told in _ANSWERS.items() if isinstance(error, kind))
    headers = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"}
    if isinstance(error, errors.StoreError):
        headers["retry-after"] = str(RETRY_SECONDS)
    if isinstance(error, errors.SessionEnded):
        headers["www-authenticate"] = "Session"
    return status, headers, text
