"""What Chromium stores and sends of cookies that others set, and what the gateway makes of it.

docs/security.md has the answers as a table.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import started
from playwright.sync_api import Page
from support import browser as chromium
from support import haproxy, tls
from support import scripted as scripted_upstream
from support.people import Person
from support.scripted import Scripted

from devstack.ports import free_ports

pytestmark = [haproxy.needed, tls.needed]

OURS = b"__Host-holdfast"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n%s\r\n"
FRONT = """
frontend public
    bind 127.0.0.1:{port} ssl crt {pem}
    http-request set-header X-Forwarded-Proto https
    use_backend others if {{ hdr_beg(host) sibling. }}
    use_backend seen if {{ path /seen }}
    default_backend gateway
backend others
    server others {others}
backend seen
    server seen {seen}
backend gateway
    server gateway {gateway}
"""
# Asks another host or a service to set a cookie, then looks what is sent and whose session it is.
ASK = """async place => {
    await fetch(place, {mode: 'no-cors', credentials: 'include'}).catch(() => null);
    await fetch('/seen');
    return await (await fetch('/session', {headers: {accept: 'application/json'}})).json();
}"""

_ODD = [*(bytes([n]) for n in b"\t\x0b\x0c\x1c\x1f \"',\x7f\x80\x85\xa0\xad\xff")]
_WIDE = [text.encode() for text in ("\u0085", "\u00a0", "\u200b", "\u3000", "\ufeff")]
PAIRS = [
    OURS + b"=TOKEN",
    OURS + b" = TOKEN",
    OURS + b'="TOKEN"',
    OURS.upper() + b"=TOKEN",
    OURS.lower() + b"=TOKEN",
    b"=" + OURS + b"=TOKEN",
    b"==" + OURS + b"=TOKEN",
    OURS,
    b"holdfast=TOKEN",
    b"__Secure-holdfast=TOKEN",
    b'"' + OURS + b'"=TOKEN',
    b"a=1, " + OURS + b"=TOKEN",
    b"a=" + OURS + b"=TOKEN",
    b"x." + OURS + b"=TOKEN",
    b"$Version=1",
    *(odd + OURS + b"=TOKEN" for odd in (*_ODD, *_WIDE)),
    *(OURS + odd + b"=TOKEN" for odd in (*_ODD, *_WIDE)),
]


@dataclass
class Site:
    """A gateway at app.shop.example, over TLS, and a sibling host that others own.

    `others`: answers as the sibling and as the service on the route /svc. `seen`: has the bytes
    that the browser sends to the gateway's host.
    """

    url: str
    sibling: str
    gateway: str
    others: Scripted
    seen: Scripted
    page: Page

    def keep(self, name: str, value: str) -> None:
        """Put a cookie of the gateway's host into the browser."""
        self.page.context.add_cookies(
            [{"name": name, "value": value, "url": self.url, "secure": True, "httpOnly": True}]
        )

    def ask(self, place: str, pair: bytes, attributes: bytes) -> tuple[list[bytes], Any]:
        """Have a cookie set there; return the cookies that are sent now, and /session's answer."""
        self.others.answer = ANSWER % (b"Set-Cookie: " + pair + attributes + b"\r\n")
        self.seen.heads.clear()
        session = self.page.evaluate(ASK, place)
        lines = self.seen.heads[0].split(b"\r\n")
        sent = [line[8:] for line in lines if line.lower().startswith(b"cookie: ")]
        return b"; ".join(sent).split(b"; ") if sent else [], session


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if chromium.CHROMIUM is None:
        pytest.skip(chromium.MISSING)
    folder, port = tmp_path_factory.mktemp("cookies"), free_ports(1)[0]
    with ExitStack() as stack:
        others = stack.enter_context(scripted_upstream.running())
        seen = stack.enter_context(scripted_upstream.running())
        seen.answer = ANSWER % b"Content-Type: text/html\r\n"
        routes = folder / "routes.toml"
        routes.write_text(
            f'[[routes]]\nprefix = "/svc"\nupstream = "{others.url}"\naccess = "public"\n'
        )
        settings = {
            "HOLDFAST_ROUTES": str(routes),
            "HOLDFAST_COOKIE_SECURE": "true",
            "HOLDFAST_TRUSTED_PROXIES": "127.0.0.1/32",
        }
        gateway = stack.enter_context(started(folder / "run", **settings)).urls[0]
        addresses = {"others": others.url, "seen": seen.url, "gateway": gateway}
        servers = {name: url.removeprefix("http://") for name, url in addresses.items()}
        front = FRONT.format(port=port, pem=_certificate(folder), **servers)
        stack.enter_context(haproxy.running(front, port, folder))
        rules = "--host-resolver-rules=MAP *.shop.example 127.0.0.1"
        browser = stack.enter_context(chromium.running(rules))
        page = browser.new_context(ignore_https_errors=True).new_page()
        url = f"https://app.shop.example:{port}"
        page.goto(f"{url}/seen")
        yield Site(url, f"https://sibling.shop.example:{port}", gateway, others, seen, page)


def _certificate(folder: Path) -> Path:
    who, pem = tls.identity(folder), folder / "tls.pem"
    pem.write_text(who.certificate.read_text() + who.key.read_text())
    return pem


def signed_in(gateway: str) -> tuple[str, str]:
    """Return the name and the token of a person who has just signed in."""
    person = Person(gateway).register()
    pair = person.log_in().headers["set-cookie"].partition(";")[0]
    name = person.name
    person.close()
    return name, pair.partition("=")[2]


def test_no_cookie_that_a_browser_stores_for_another_opens_or_hides_a_session(site: Site) -> None:
    """A sibling host and a service behind set every pair that some parser could read as ours.

    Report: this project's review (case F2).
    Rule: RFC 6265bis, 5.6 and 5.7; ASVS 5.0, 3.3.1.
    """
    context = site.page.context
    victim, own = signed_in(site.gateway)
    _, attackers = signed_in(site.gateway)
    ways = {
        f"{site.sibling}/": b"; Domain=shop.example; Path=/",
        "/svc": b"; Path=/; Secure",
    }
    stored = []
    for place, attributes in ways.items():
        for named in PAIRS:
            pair = named.replace(b"TOKEN", attackers.encode())
            context.clear_cookies()
            sent, answer = site.ask(place, pair, attributes)
            stored += [(place, one) for one in sent]
            assert answer.get("type") == "/problems/no-session", (place, named, answer)

            site.keep(OURS.decode(), own)
            _, answer = site.ask(place, pair, attributes)
            assert answer["user"]["username"] == victim, (place, named, answer)

    # The browser refuses the name itself, and stores others that a careless parser takes for it.
    assert not [one for _, one in stored if one.startswith(OURS + b"=")]
    assert [one for place, one in stored if one.startswith(b"\xa0") and place != "/svc"]
    assert not [one for place, one in stored if one.startswith(b"\xa0") and place == "/svc"]


def test_no_script_reads_cookies_in_the_answer_to_a_proxy(site: Site) -> None:
    """A page's script cannot set the field with which a proxy asks for the other cookies.

    Report: this project's review (case F1).
    Rule: Fetch, 2.2.2; ASVS 5.0, 3.3.4.
    """
    _, own = signed_in(site.gateway)
    site.page.context.clear_cookies()
    site.keep("secret", own)
    site.keep(OURS.decode(), own)
    script = """async () => {
        const asks = {headers: {'Sec-Forward-Auth': 'cookie'}};
        const answer = await fetch('/auth/verify', asks);
        return [answer.status, [...answer.headers.keys()]];
    }"""

    status, names = site.page.evaluate(script)

    assert status == 204
    assert "x-auth-user" in names
    assert "cookie" not in names
