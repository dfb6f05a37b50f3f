"""User names that hide, look alike or are typed with a space too many."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
from support.people import PASSWORD, Person

from devstack.stack import Stack

REFUSED = {
    # What shows nothing, or hides in a name.
    "\u3164": "U+3164 (HANGUL FILLER)",
    "\u2800\u2800": "U+2800 (BRAILLE PATTERN BLANK)",
    "\u115f": "U+115F",
    "\u1160": "U+1160",
    "\uffa0": "U+1160",
    "ad\u3164min": "U+3164",
    "admin\ufe0f": "U+FE0F (VARIATION SELECTOR-16)",
    "admin\ufe00": "U+FE00",
    "admin\U000e0100": "U+E0100",
    "ad\u034fmin": "U+034F (COMBINING GRAPHEME JOINER)",
    "\u17b4\u17b5": "U+17B4",
    "admin\u180b": "U+180B",
    "ad\u00admin": "control characters",
    "ad\u200bmin": "control characters",
    "ad\u2060min": "control characters",
    "admin\u200d": "control characters",
    "\ufeffadmin": "control characters",
    "nimda\u202e": "control characters",
    "ad\u2066min": "control characters",
    "ad\u0000min": "control characters",
    "ad\nmin": "control characters",
    "ad\u2028min": "control characters",
    "\ue000": "control characters",
    "   ": "1-64 characters",
    "": "1-64 characters",
    "a" * 65: "1-64 characters",
    # What is written another way.
    "\u210clen": "U+210C (BLACK-LETTER CAPITAL H)",
    "\ufb01n": "U+FB01 (LATIN SMALL LIGATURE FI)",
    "\u2168": "U+2168 (ROMAN NUMERAL NINE)",
    "x\u00b2": "U+00B2 (SUPERSCRIPT TWO)",
    "\U0001d41adam": "U+1D41A",
    "\u24d0dam": "U+24D0",
    "\ufdfa": "U+FDFA",
    "crab\U0001f980": "U+1F980 (CRAB)",
    "O\u2019Brien": "U+2019 (RIGHT SINGLE QUOTATION MARK)",
    # What looks like another name.
    "\u0430d\u0430": "Cyrillic and Latin",
    "p\u0430ypal": "Cyrillic and Latin",
    "\u0391laska": "Greek and Latin",
    "\u0441\u03bf": "Cyrillic and Greek",
    "\u13a0nn": "Cherokee and Latin",
    "ad\u0561m": "Armenian and Latin",
    "\u30ab\uae40": "Hangul and Katakana",
    "1\u09e7": "digits of different scripts",
    "a\u0661": "right to left",
    "\u0634ada": "right to left",
    "\u0301ada": "accents",
    "ad \u0301a": "accents",
    "ada\u0301\u0301": "accents",
    "a\u0323\u0324\u0325\u0331\u0332": "accents",
    "admi\u0307n": "accents",
    "..": "letter or digit",
    ".": "letter or digit",
    "---": "letter or digit",
    "\u02bc": "letter or digit",
}
"""Refused names, each with a part of the sentence that says why."""

TAKEN = {
    "Kim ": "Kim",
    "\tKim Lee\u3000": "Kim Lee",
    "Kim  \u00a0Lou": "Kim Lou",
    "\uff21\uff24\uff21\uff11": "ADA1",
    "Zoe\u0308": "Zo\u00eb",
    "\u00dcnal \u00d6zg\u00fcr": None,
    "O'Brien": None,
    "a/b": None,
    "100%": None,
    "a,b|c;d=e": None,
    "x@example.org": None,
    "user_1.2-3": None,
    "7": None,
    "Nguy\u1ec5n V\u0103n": None,
    "\u0141ukasz": None,
    "\u0130stanbul": None,
    "stra\u00dfe": None,
    "col\u00b7lega": None,
    "\u0391\u03bb\u03ad\u03be\u03b1\u03bd\u03b4\u03c1\u03bf\u03c2": None,
    "\u0412\u043b\u0430\u0434\u0438\u043c\u0438\u0440": None,
    "\u0410\u043b\u0451\u043d\u0430 7": None,
    "\u674e\u5c0f\u9f8d": None,
    "\u674e Lee": None,
    "\u3055\u304f\u3089": None,
    "\u5c71\u7530\u30bf\u30ed\u30a6": None,
    "\u30b3\u30fc\u30d2\u30fc": None,
    "\uff76\uff85": "\u30ab\u30ca",
    "\uae40\ucca0\uc218": None,
    "\u0645\u0631\u064a\u0645": None,
    "\u062f\u0627\u0646\u0627\u06f1\u06f2": None,
    "\u05e9\u05dc\u05d5\u05dd": None,
    "\u0939\u093f\u0928\u094d\u0926\u0940": None,
    "\u09ac\u09be\u0982\u09b2\u09be": None,
    "\u0e44\u0e17\u0e22": None,
    "\u0e19\u0e49\u0e33": "\u0e19\u0e49\u0e4d\u0e32",
    "\u0531\u0580\u0561\u0574": None,
    "\u10d2\u10d8\u10dd\u10e0\u10d2\u10d8": None,
    "\u1270\u1235\u134b": None,
}
"""Names that are taken, each with the name that the account gets, where that is another."""

ALIKE = (
    ("sasha", "\u0455\u0430\u0455\u04bb\u0430"),
    ("hot", "\u041d\u041e\u0422"),
    ("eba", "\u0415\u0412\u0410"),
    ("pop", "\u03c1\u03bf\u03c1"),
    ("k\u00e1", "\u043a\u0430\u0301"),
    ("\u043e\u043e\u0440", "\u03bf\u03bf\u03c1"),
    ("ilgaz", "\u0131lgaz"),
)
"""Pairs of which only the first one to come is taken."""


def sign_up(person: Person, name: str) -> httpx.Response:
    return person.post("/register", {"username": name, "password": PASSWORD})


def form(person: Person, path: str, name: str) -> httpx.Response:
    """Send one of the pages' forms."""
    found = re.search(r'name="csrf" value="([^"]+)"', person.get(path).text)
    assert found
    body = {"csrf": found[1], "username": name, "password": PASSWORD}
    return person.call("POST", path, data=body)


def admin(stack: Stack, *words: str, text: str = "") -> str:
    """Run holdfast-admin; return what it prints."""
    command = [str(Path(sys.executable).parent / "holdfast-admin"), *words]
    env = {**stack.env, "HOLDFAST_LOG_FORMAT": "json"}
    done = subprocess.run(command, env=env, capture_output=True, input=text, text=True, check=False)
    return done.stdout + done.stderr


def test_a_name_that_hides_or_looks_like_others_is_refused_with_a_reason(
    visitor: Person, stack: Stack
) -> None:
    """Blank letters, invisible characters, symbols and mixed scripts are no user names.

    Report: django/new-features#53, open-chat-labs/open-chat#8662 (case Q8).
    Rule: RFC 8265, 3.3; UTS 39, 5; ASVS 5.0, 2.2.1.
    """
    for name, why in REFUSED.items():
        answer = sign_up(visitor, name)
        assert answer.status_code == 422, name
        (fault,) = answer.json()["errors"]
        assert (fault["pointer"], why in fault["detail"]) == ("/username", True), (name, fault)
    page = form(visitor, "/register", "p\u0430ypal")
    assert page.status_code == 422
    assert "cannot mix letters of different scripts, here Cyrillic and Latin." in page.text
    made = admin(stack, "users", "create", "admin\ufe0f", text=PASSWORD)
    assert "cannot contain the character U+FE0F (VARIATION SELECTOR-16)" in made


def test_names_of_one_script_are_taken_and_sign_in_however_typed(
    visitor: Person, stack: Stack
) -> None:
    """Every language has names; the account's one is trimmed and of plain width.

    Report: openstreetmap/openstreetmap-website#1419 (case Q8).
    Rule: RFC 8265, 3.3; UTS 39, 5.2.
    """
    for typed, kept in TAKEN.items():
        answer = sign_up(visitor, typed)
        assert (answer.status_code, answer.json()) == (201, {"username": kept or typed})
        assert sign_up(visitor, f"{typed} ").status_code == 409
    for typed in ("kim", " KIM\u00a0", "\uff2bim", "ada1", "zo\u00eb", "\u0e19\u0e49\u0e33"):
        signed_in = visitor.post("/login", {"username": typed, "password": PASSWORD})
        assert signed_in.status_code == 200, typed
    assert admin(stack, "users", "show", " \uff2bIM ").startswith("Kim\tenabled")


def test_of_names_that_look_alike_only_the_first_is_taken(visitor: Person) -> None:
    """A name of another script is taken when no account's name looks like it, either way round.

    Report: freelawproject/courtlistener#5807, mumble-voip/mumble#2462 (case Q8).
    Rule: UTS 39, 4 (whole-script confusables).
    """
    for number, pair in enumerate(ALIKE):
        first, second = pair if number % 2 else reversed(pair)
        assert sign_up(visitor, first).status_code == 201, first
        refused = sign_up(visitor, second)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/username-taken")
    page = form(visitor, "/register", ALIKE[0][1])
    assert "This name is taken, or looks like a taken one. Choose another." in page.text


def test_a_space_that_a_phone_adds_does_not_keep_people_out(visitor: Person) -> None:
    """Space at either end of a user name is dropped, in forms and in JSON.

    Report: IdentityServer/IdentityServer3#3217, seerr-team/seerr#2040 (case Q9).
    Rule: RFC 8265, 3.3 (spaces are not part of a userpart).
    """
    assert form(visitor, "/register", f"{visitor.name} ").status_code == 303
    assert form(visitor, "/login", f" {visitor.name} ").status_code == 303
    assert visitor.get("/session").json()["user"]["username"] == visitor.name
    typed = {"username": f"{visitor.name.upper()}\u00a0", "password": PASSWORD}
    assert visitor.another().post("/login", typed).status_code == 200


def test_bytes_that_are_not_text_are_misuse_of_the_command_line(stack: Stack) -> None:
    """A name or a password of other bytes than UTF-8 ends in one line, not in a traceback.

    Report: this project's review (an attack on the whole).
    Rule: RFC 8265, 3.1 (UTF-8); ASVS 5.0, 16.5.1.
    """
    command = Path(sys.executable).parent / "holdfast-admin"
    for words, given, message in (
        ([b"show", b"\xff"], b"", b"username: not UTF-8"),
        ([b"create", b"a\xff"], PASSWORD.encode(), b"username: not UTF-8"),
        ([b"create", b"some-name"], b"\xff" * 20 + b"\n", b"PasswordRejected: not-utf-8"),
    ):
        line = [bytes(command), b"users", *words]
        # The terminal of a system without a locale hands bytes on as they are.
        env = {**stack.env, "LC_ALL": "C"}
        done = subprocess.run(line, env=env, capture_output=True, input=given, check=False)
        assert (done.returncode > 0, done.stderr.count(b"\n")) == (True, 1), done.stderr
        assert message in done.stderr
