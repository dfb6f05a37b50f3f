"""Who is signed in, as services behind read it from the fields of a request."""

import json
import shutil
import string
import subprocess
from urllib.parse import unquote

import pytest
from support.people import PASSWORD, Person

ENCODED = {
    "100%": "100%25",
    "%41": "%2541",
    "a%2Fb": "a%252Fb",
    "a+b": "a+b",
    "Kim Lee": "Kim Lee",
    "\u00dcnal \u00d6zg\u00fcr": "%C3%9Cnal %C3%96zg%C3%BCr",
    "Li, Kim": "Li, Kim",
    "a|b": "a%7Cb",
    'a"b': "a%22b",
    "a\\b": "a%5Cb",
    "a;b=c": "a;b=c",
    "<b>": "%3Cb%3E",
    "{a}^`": "%7Ba%7D%5E%60",
    "a:/?#[]@!$&'()*+,;=-._~z": "a:/?#[]@!$&'()*+,;=-._~z",
    f"0{string.punctuation}": None,
    "\u5c71\u7530\u30bf\u30ed\u30a6": None,
    "\u0645\u0631\u064a\u0645": None,
    "\U00010280\U00010281": "%F0%90%8A%80%F0%90%8A%81",
}
"""Names with the value of X-Auth-User, where it is spelt out."""


def fields(person: Person) -> dict[str, str]:
    """Return the fields that a service behind receives."""
    return dict(person.get("/echo").json()["headers"])


def test_decoding_x_auth_user_gives_the_name_exactly(visitor: Person) -> None:
    """A name beyond ASCII, or with `%` in it, reaches the service unharmed and in one spelling.

    Report: grafana/grafana#44744, goauthentik/authentik#26093 (case Q16).
    Rule: RFC 9110, 5.5; RFC 3986, 2.1.
    """
    values, names = [], [f"{name} 16" for name in ENCODED]  # other tests register some of them
    for name, expected in zip(names, ENCODED.values(), strict=True):
        person = visitor.stranger()
        person.name = name
        assert person.register().log_in().status_code == 200
        value, verified = fields(person)["x-auth-user"], person.get("/auth/verify")
        assert (unquote(value), value.isascii()) == (name, True)
        assert expected is None or value == f"{expected} 16"
        assert verified.headers["x-auth-user"] == value
        assert person.get("/session").json()["user"]["username"] == name
        values.append(value)
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    script = "console.log(JSON.stringify(JSON.parse(process.argv[1]).map(decodeURIComponent)))"
    done = subprocess.run([node, "-e", script, json.dumps(values)], capture_output=True, check=True)
    assert json.loads(done.stdout) == names


def test_a_form_cannot_smuggle_a_second_field_in_a_name(visitor: Person) -> None:
    """No character of a name ends the field or begins another one.

    Report: this project's review (case Q16).
    Rule: RFC 9110, 5.5; CWE-113.
    """
    for name in ("a\r\nX-Auth-Roles: boss", "a\nb", "a\0b", "a\x7fb", "a\x85b", "a\u2028b"):
        answer = visitor.post("/register", {"username": name, "password": PASSWORD})
        assert answer.status_code == 422
