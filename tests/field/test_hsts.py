"""Strict-Transport-Security behind the balancer's TLS: one setting decides, the gateway's."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from e2e.conftest import started
from support import haproxy, tls
from support.tls import Identity

from devstack.ports import free_ports
from devstack.stack import Stack

DEPLOY = Path(__file__).parents[2] / "deploy"
FIELD = "strict-transport-security"
PLACES = ("www.shop.example", "localhost", "app.localhost:8443")
# The shipped file gives the front; this is instead of the rest, which needs Docker's DNS.
REST = """
backend gateways
    server gateway {address}
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give a stack behind TLS whose first gateway sends no HSTS; the second does for the host."""
    settings = {"HOLDFAST_COOKIE_SECURE": "true", "HOLDFAST_HSTS": "off"}
    with started(tmp_path_factory.mktemp("hsts"), **settings) as running:
        running.env["HOLDFAST_HSTS"] = "host"
        running.restart("gateway-2")
        yield running


@contextmanager
def balancer(folder: Path, gateway: str, who: Identity) -> Iterator[httpx.Client]:
    """Run HAProxy with deploy/haproxy/tls.cfg before one gateway; give a client that trusts it."""
    port, folder = free_ports(1)[0], folder / gateway.rpartition(":")[2]
    folder.mkdir()
    pem = folder / "tls.pem"
    pem.write_text(who.certificate.read_text() + who.key.read_text())
    shipped = (DEPLOY / "haproxy" / "tls.cfg").read_text()
    assert "bind :8080 ssl crt /run/holdfast/tls.pem" in shipped
    front = shipped.replace(":8080", f"127.0.0.1:{port}").replace("/run/holdfast/tls.pem", str(pem))
    trust = ssl.create_default_context(cafile=str(who.authority))
    configuration = REST.format(address=gateway.removeprefix("http://")) + front
    with (
        haproxy.running(configuration, port, folder),
        httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trust, trust_env=False) as client,
    ):
        yield client


@tls.needed
@haproxy.needed
def test_the_setting_decides_about_hsts_behind_the_tls_overlay(
    stack: Stack, tmp_path: Path
) -> None:
    """`off` sends none, `host` has no includeSubDomains, and `localhost` never gets one.

    Report: newcomer's walk (case M4).
    Rule: RFC 6797, 6.1 and 11.3; ASVS 5.0, 3.4.1.
    """
    seen: dict[tuple[str, str], set[str | None]] = {}
    who = tls.identity(tmp_path)
    for gateway, setting in zip(stack.urls, ("off", "host"), strict=True):
        with balancer(tmp_path, gateway, who) as client:
            for host in PLACES:
                for path in ("/session", "/login", "/nothing"):
                    answer = client.get(path, headers={"host": host})
                    seen.setdefault((setting, host), set()).add(answer.headers.get(FIELD))

    assert seen == {
        (setting, host): {"max-age=63072000" if (setting, host) == ("host", PLACES[0]) else None}
        for setting in ("off", "host")
        for host in PLACES
    }
    shipped = [one for one in DEPLOY.rglob("*") if one.suffix in (".cfg", ".yml", ".yaml", ".conf")]
    lines = [line.strip().lower() for one in shipped for line in one.read_text().splitlines()]
    assert not [line for line in lines if FIELD in line and not line.startswith("#")]
