"""Cookie, view, device words and settings, as both services use them."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast import Client, Ended, Reason, Session, Token, User, errors
from holdfast.errors import MalformedToken
from servicekit.secret import Secret
from sessionhttp import problems
from sessionhttp.cookies import CookiePolicy
from sessionhttp.device import describe
from sessionhttp.settings import SessionSettings
from sessionhttp.view import session_json

# Always the same, since it stands in the names of tests.
TOKEN = Token.parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8_")
SESSION = Session(
    id="s_x",
    user=User("u", "kingsley", ("editor",)),
    created_ms=1_795_465_904_250,
    authenticated_ms=1_795_465_904_250,
    last_seen_ms=1_795_465_904_250,
    idle_expires_ms=1_795_465_934_250,
    absolute_expires_ms=1_795_469_504_250,
    idle_ms=30_000,
    remember=True,
    client=Client(),
    version=3,
    now_ms=1_795_465_904_250,
    data={"a": b"[[],{}]", "n": b"12345678901234567"},
)


def test_COO_07_the_cookie_is_cleared_with_the_attributes_it_was_set_with() -> None:
    policy = CookiePolicy(secure=True)
    made, gone = policy.set(TOKEN, SESSION), policy.clear()

    assert made == (
        f"__Host-holdfast={TOKEN.text}; Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Lax"
    )
    assert re.sub(r"=[^;]*", "", made.partition("; ")[2]) == re.sub(
        r"=[^;]*", "", gone.partition("; ")[2]
    )


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (f"a=1; holdfast={TOKEN.text}; b=2", TOKEN),
        (f"holdfast={TOKEN.text}; holdfast={TOKEN.text}", TOKEN),
        (f"Holdfast={TOKEN.text}", None),
        (f"__Host-holdfast={TOKEN.text}", None),
        ("", None),
    ],
)
def test_COO_09_the_cookie_is_read_by_its_exact_name(header: str, found: Token | None) -> None:
    assert CookiePolicy(secure=False).read(header.encode()) == found


@pytest.mark.parametrize("value", ["x", "", f"{TOKEN.text}; holdfast=other"])
def test_a_cookie_that_cannot_be_a_token_is_malformed(value: str) -> None:
    with pytest.raises(MalformedToken):
        CookiePolicy(secure=False).read(f"holdfast={value}".encode())


@pytest.mark.parametrize(
    ("header", "left"),
    [
        (b'a=1; holdfast=x; b="x y"', b'a=1; b="x y"'),
        (b"holdfast=x", b""),
        (b"a=1;b=2", b"a=1;b=2"),
        (b"notholdfast=x", b"notholdfast=x"),
    ],
)
def test_only_our_cookie_is_stripped(header: bytes, left: bytes) -> None:
    assert CookiePolicy(secure=False).strip(header) == left


def test_the_view_carries_values_byte_for_byte_and_the_tutorials_row() -> None:
    text = session_json(SESSION, secure=False)

    view = json.loads(text)
    assert b'"a":[[],{}],"n":12345678901234567' in text
    assert view["user"] == {"username": "kingsley", "roles": ["editor"]}
    assert view["cookie"]["originalMaxAge"] == 30_000
    assert (view["cookie"]["httpOnly"], view["cookie"]["path"]) == (True, "/")
    assert view["created_at"] == "2026-11-23T20:31:44.250Z"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
            "Firefox, Linux",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari, iPhone"),
        ("curl/8.5.0", "curl"),
        ("\x00" * 9000, "unknown"),
    ],
)
def test_a_user_agent_becomes_words(agent: str, words: str) -> None:
    assert describe(agent) == words


def test_touch_is_a_sixtieth_of_idle_and_at_most_30_s() -> None:
    def touch(idle: int) -> int:
        return SessionSettings(
            redis_url="redis://x", pepper=Secret("x"), idle_seconds=idle
        ).touch_ms

    assert (touch(30), touch(1800), touch(86_400)) == (500, 30_000, 30_000)


def test_every_error_of_the_library_has_its_problem() -> None:
    assert problems.SessionOver(Ended(Reason.REVOKED)).members == {"reason": "revoked"}
    assert problems.of_error(errors.StoreUnavailable()).status == 503
    assert problems.of_error(errors.VersionConflict("a")).members == {"name": "a"}
    assert problems.of_error(errors.MalformedToken()).status == 401


PAIRS = st.lists(
    st.tuples(
        st.sampled_from(["a", "holdfast", "Holdfast", "__Host-holdfast", " holdfast", ""]),
        st.sampled_from(["1", "", TOKEN.text, '"x y"', "a=b", TOKEN.text[:-1]]),
    ),
    max_size=5,
)


@given(PAIRS)
def test_COO_10_a_cookie_field_gives_the_one_token_or_none_or_is_malformed(
    pairs: list[tuple[str, str]],
) -> None:
    policy = CookiePolicy(secure=False)
    header = "; ".join(f"{name}={value}" for name, value in pairs)
    ours = {value for name, value in pairs if name.strip() == "holdfast"}
    try:
        found = policy.read(header.encode())
    except MalformedToken:
        assert ours - {TOKEN.text}
        return
    assert found == (TOKEN if ours else None)
    assert ours <= {TOKEN.text}


@given(st.binary(max_size=60))
def test_PRX_09_stripping_our_cookie_leaves_none_of_it(header: bytes) -> None:
    policy = CookiePolicy(secure=False)
    left = policy.strip(header)
    assert policy.strip(left) == left
    assert b"holdfast" not in [pair.strip().partition(b"=")[0] for pair in left.split(b";")]
    if b"holdfast" not in header:
        assert left == header
