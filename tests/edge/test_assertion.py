"""X-Auth-Assertion: made by the gateway for one service, good for seconds, checked by anybody."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from edge.conftest import Breakable
from support.people import Person

from devstack.stack import Stack
from gateway.app import check
from gateway.assertion import KeyFileError, Signer

CHECKS: dict[str, Any] = {
    "algorithms": ["ES256"],
    "issuer": "holdfast",
    "options": {"require": ["exp", "iat", "aud", "sub", "iss"]},
}


def keys_of(url: str) -> dict[str, jwt.PyJWK]:
    told = httpx.get(f"{url}/.well-known/jwks.json", trust_env=False).json()
    return {key["kid"]: jwt.PyJWK(key) for key in told["keys"]}


def claims(stack: Stack, token: str, audience: str) -> dict[str, Any]:
    """Check a token by what gateway 2 publishes."""
    kid = jwt.get_unverified_header(token)["kid"]
    return dict(jwt.decode(token, keys_of(stack.urls[1])[kid], audience=audience, **CHECKS))


def test_PRX_28_a_service_learns_who_asks_for_how_long_and_for_whom(
    stack: Stack, person: Person
) -> None:
    token = dict(person.get("/echo").json()["headers"])["x-auth-assertion"]
    told = claims(stack, token, "/echo")

    assert (told["sub"], told["roles"]) == (person.name, [])
    assert told["sid"] == person.get("/session").json()["id"]
    assert told["exp"] - told["iat"] <= 60
    assert abs(time.time() - told["iat"]) < 5
    with pytest.raises(jwt.InvalidAudienceError):
        claims(stack, token, "/member")


def test_PRX_28_verify_signs_for_the_service_that_the_proxy_names(
    stack: Stack, person: Person
) -> None:
    token = person.get("/auth/verify?audience=/wiki").headers["x-auth-assertion"]
    assert claims(stack, token, "/wiki")["sub"] == person.name
    plain = person.get("/auth/verify").headers["x-auth-assertion"]
    assert claims(stack, plain, "/auth/verify")["sub"] == person.name


def test_PRX_28_nothing_private_is_published(stack: Stack) -> None:
    answer = httpx.get(f"{stack.urls[0]}/.well-known/jwks.json", trust_env=False)
    (key,) = answer.json()["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert "set-cookie" not in answer.headers


def forged(token: str) -> list[str]:
    """Return what somebody without the key could make of a token."""
    head, body, signature = token.split(".")

    def encoded(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    told = jwt.decode(token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(token)["kid"]
    return [
        "",
        "nonsense",
        f"{head}.{encoded({**told, 'sub': 'boss'})}.{signature}",
        f"{encoded({'alg': 'none', 'kid': kid})}.{body}.",
        f"{encoded({'alg': 'HS256', 'kid': kid})}.{body}.{signature}",
        f"{head}.{body}.",
        jwt.encode(told, "k" * 32, "HS256", headers={"kid": kid}),
        jwt.encode(told, generate_private_key(SECP384R1()), "ES384", headers={"kid": kid}),
    ]


def test_PRX_28_a_service_refuses_who_came_around_the_gateway(breakable: Breakable) -> None:
    """The Flask example, called directly with forgeries and with what was signed for another."""
    person = breakable.person
    assert person.get("/flask/me").text == f"{person.name} []"
    token = person.get("/auth/verify?audience=/flask").headers["x-auth-assertion"]
    other = person.get("/auth/verify?audience=/member").headers["x-auth-assertion"]

    def direct(one: str) -> int:
        told = {"x-auth-assertion": one}
        return httpx.get(f"{breakable.flask}/flask/me", headers=told, trust_env=False).status_code

    assert [direct(one) for one in [*forged(token), other]] == [401] * 9
    assert direct(token) == 200


def test_PRX_28_a_change_of_the_key_is_seen_by_nobody(breakable: Breakable) -> None:
    """One gateway signs with the old key, one with the new; both publish both."""
    stack, person = breakable.stack, breakable.person
    assert person.get("/flask/me").status_code == 200
    stack.env["HOLDFAST_ASSERTION_KEY_FILE"] = str(breakable.new_key)
    stack.env["HOLDFAST_ASSERTION_OTHER_KEY_FILES"] = str(breakable.old_key)
    stack.processes["gateway-2"].stop()
    stack.restart("gateway-2")

    assert len(keys_of(stack.urls[0])) == 2
    assert keys_of(stack.urls[0]).keys() == keys_of(stack.urls[1]).keys()
    made = [person.get("/auth/verify", at=at).headers["x-auth-assertion"] for at in range(2)]
    assert len({jwt.get_unverified_header(token)["kid"] for token in made}) == 2
    assert [person.get("/flask/me", at=at).status_code for at in range(4)] == [200] * 4


def test_a_key_that_cannot_sign_stops_the_start_with_one_line(tmp_path: Path) -> None:
    wrong = tmp_path / "p384.pem"
    key = generate_private_key(SECP384R1())
    wrong.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "text.pem").write_text("no key")
    for path in (wrong, tmp_path / "text.pem", tmp_path / "absent.pem"):
        with pytest.raises(KeyFileError, match=path.name) as refused:
            Signer(str(path))
        assert "\n" not in str(refused.value)


def test_a_gateway_does_not_start_without_its_key(
    breakable: Breakable, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = {"HOLDFAST_ASSERTION_KEY_FILE": str(tmp_path / "gone.pem")}
    with pytest.raises(SystemExit):
        check({**breakable.stack.env, **gone})
    assert capsys.readouterr().err.endswith("gone.pem: No such file or directory\n")
