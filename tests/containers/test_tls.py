"""TLS at the balancer, in a deployment of its own."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support import compose
from support.compose import Compose, run, until
from support.people import PASSWORD


@pytest.fixture(scope="module")
def tls(clone: Path) -> Iterator[Compose]:
    with compose.deployed(clone, "docker-compose.tls.yml") as made:
        yield made


@pytest.fixture
def browser(tls: Compose) -> Iterator[httpx.Client]:
    """Give a client that trusts the deployment's own certificate and nothing else."""
    pem = tls("exec", "-T", "haproxy", "cat", "/run/holdfast/tls.pem")
    certificate = pem[: pem.index("-----END CERTIFICATE-----")] + "-----END CERTIFICATE-----\n"
    context = ssl.create_default_context(cadata=certificate)
    with httpx.Client(base_url=tls.url, verify=context, trust_env=False, timeout=15) as made:
        yield made


def test_COO_01_and_HDR_01_cookies_are_host_bound_and_browsers_stay_on_tls(
    browser: httpx.Client,
) -> None:
    credentials = {"username": "tls-user", "password": PASSWORD}
    answers = [
        browser.post("/register", json=credentials),
        browser.post("/login", json=credentials),
    ]
    cookie = answers[1].headers["set-cookie"]
    assert cookie.startswith("__Host-holdfast=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie

    answers += [browser.get("/session"), browser.get("/nowhere"), browser.post("/login", json={})]
    assert answers[2].json()["user"]["username"] == "tls-user"
    assert {one.headers["strict-transport-security"] for one in answers} == {
        "max-age=63072000; includeSubDomains"
    }


def test_a_page_of_our_own_https_origin_may_write(browser: httpx.Client, tls: Compose) -> None:
    credentials = {"username": "origin-user", "password": PASSWORD}
    own = browser.post("/register", json=credentials, headers={"origin": tls.url})
    other = tls.url.replace("https", "http")
    refused = browser.post("/login", json=credentials, headers={"origin": other})

    assert own.status_code == 201
    assert refused.json()["type"] == "/problems/cross-site"


def test_HDR_10_plain_http_gets_no_answer(tls: Compose) -> None:
    with pytest.raises(httpx.HTTPError):
        httpx.get(tls.url.replace("https", "http") + "/session", trust_env=False)


def test_a_given_certificate_is_used(tls: Compose, tmp_path: Path) -> None:
    pair = tmp_path / "pair.pem"
    parts = ("-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert"))
    subject = ("-subj", "/CN=given.test", "-nodes", "-newkey", "rsa:2048")
    run("openssl", "req", "-x509", *parts, *subject)
    pair.write_text((tmp_path / "cert").read_text() + (tmp_path / "key").read_text())
    tls.env["HOLDFAST_TLS_PEM"] = str(pair)
    tls.up()
    tls("restart", "haproxy")
    until(lambda: tls.healthy(tls.ids("haproxy")[0]))

    served = ssl.get_server_certificate(("127.0.0.1", tls.port))
    assert served.strip() == (tmp_path / "cert").read_text().strip()
