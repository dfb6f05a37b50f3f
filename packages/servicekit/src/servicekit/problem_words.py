"""What a page tells people about a problem, and what they can do next.

`problem_types` speaks to those who write clients; these words are for those who just clicked.
"""

from dataclasses import dataclass
from enum import Enum


class Next(Enum):
    """Where a page leads: its words and its address. An empty address is the same page again."""

    SIGN_IN = ("Sign in", "/login")
    ACCOUNT = ("Go to your account", "/")
    AGAIN = ("Try again", "")


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence or two, and one thing to do."""

    text: str
    next: Next = Next.ACCOUNT


_NOT_FOR_PAGES = "This is an answer for programs. If a page led you here, it has a fault."

WORDS: dict[str, Words] = {
    "no-session": Words("Sign in to go on.", Next.SIGN_IN),
    "session-ended": Words("You are not signed in here any more.", Next.SIGN_IN),
    "bad-credentials": Words("Check both and try once more.", Next.SIGN_IN),
    "forbidden": Words("You are known here, but this place is not open to your account."),
    "cross-site": Words(
        "The form was sent from a page that is not ours, so nothing was done. If you meant to do "
        "this, start from your account."
    ),
    "no-such-data": Words(_NOT_FOR_PAGES),
    "no-such-session": Words("It may have ended by itself. Your account shows what is left."),
    "no-route": Words("The address may be mistyped, or what was here has moved."),
    "bad-request": Words("The address or the form cannot be read the way it was sent."),
    "method-not-allowed": Words("This address takes forms only, or none."),
    "username-taken": Words("Choose another one."),
    "too-many-sessions": Words(
        "Sign out on a device that you no longer use, then sign in here.", Next.SIGN_IN
    ),
    "version-conflict": Words("Somebody was faster, so nothing was changed. Load the page again."),
    "session-too-large": Words("There is no room for so much. Nothing was changed."),
    "body-too-large": Words("What was sent is larger than this place takes."),
    "unsupported-media-type": Words(_NOT_FOR_PAGES),
    "invalid-request": Words("Something in the form is not taken here. Nothing was changed."),
    "wrong-kind": Words(_NOT_FOR_PAGES),
    "idempotency-key-reused": Words(_NOT_FOR_PAGES),
    "token-invalid": Words("Nothing was done. Load the page again and repeat it there."),
    "password-rejected": Words("Choose a longer or less common one."),
    "too-many-attempts": Words("Wait a little, then try again.", Next.AGAIN),
    "upstream-unreachable": Words(
        "The service behind this page does not answer. That has nothing to do with your session, "
        "which goes on.",
        Next.AGAIN,
    ),
    "session-store-unavailable": Words(
        "We cannot look up who you are at the moment. Nobody was signed out: try again shortly.",
        Next.AGAIN,
    ),
    "session-store-full": Words(
        "Nothing new can be kept at the moment. Whoever is signed in stays signed in.", Next.AGAIN
    ),
    "accounts-unavailable": Words(
        "Nobody can sign in or register at the moment. Whoever is signed in stays signed in.",
        Next.AGAIN,
    ),
    "auth-unavailable": Words(
        "Signing in and your account page are out of reach for a moment. Whoever is signed in "
        "stays signed in.",
        Next.AGAIN,
    ),
    "upstream-timeout": Words(
        "The service behind this page took too long. Whether it did what was asked is not known.",
        Next.AGAIN,
    ),
    "internal": Words(
        "The fault is ours. If it comes again, tell whoever runs this place the request below.",
        Next.AGAIN,
    ),
}
