"""The way to a page through the sign-in page, whatever its address is made of."""

from urllib.parse import unquote

import pytest
from e2e.test_pages import send
from support.people import PASSWORD, Person
from support.raw import ask

from devstack.stack import Stack

NAVIGATION = (
    b"Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
    b"Sec-Fetch-Site: none\r\nConnection: close\r\n"
)
LONG = b"/echo/x?filter=" + b"a" * 7000
# Each encoded character takes ten bytes in an address that is part of another.
TOO_LONG = b"/echo/x?filter=" + b"%C3%A9" * 900
ENCODED = b"/echo/caf%C3%A9?a=1&b=%2F"


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [(LONG, LONG), (TOO_LONG, b"/echo/x"), (ENCODED, ENCODED)],
    ids=["long", "too long", "encoded"],
)
def test_a_person_arrives_after_signing_in_where_the_link_led(
    stack: Stack, asked: bytes, leads_to: bytes
) -> None:
    """The redirect to the sign-in page keeps a link of 7,000 bytes; of one too long, the path.

    Report: this project's review (case Q20).
    Rule: ASVS 5.0, 3.7.2; RFC 9112, 3.
    """
    url = stack.urls[0]
    head = b"GET %s HTTP/1.1\r\nHost: %s\r\n" % (asked, url[7:].encode())
    answer = ask(stack.port, head + NAVIGATION + b"\r\n")

    assert answer.status == 303
    (place,) = answer.all("location")
    assert unquote(place.removeprefix("/login?next=")) == leads_to.decode()
    person = Person(url).register()
    try:
        fields = {"username": person.name, "password": PASSWORD, "next": leads_to.decode()}
        signed_in = send(person, "/login", place, **fields)
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, leads_to.decode())
        assert person.get(signed_in.headers["location"]).status_code == 200
    finally:
        person.close()
