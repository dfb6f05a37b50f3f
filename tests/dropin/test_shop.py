"""The shop as it stands behind the gateway, whose cookie and session it shares."""

from holdfast import Intent, Keys, Lifetime, Op, Session, Token, User
from holdfast.redis_store import RedisStore
from holdfast.token import bucket_of_user
from servicekit.secret import Secret
from sessionhttp.settings import SessionSettings
from shop.app import create_app

BEHIND = {"x-forwarded-for": "192.0.2.7"}


def config(keys: Keys, *, secure: bool = True) -> SessionSettings:
    return SessionSettings(
        redis_url="redis://unused",
        pepper=Secret(keys.pepper.hex()),
        cookie_secure=secure,
    )


def test_the_cart_is_the_signed_in_session_s(store: RedisStore, keys: Keys) -> None:
    user = User("u-shop", "Kingsley")
    token = Token.new(bucket_of_user(user.id))
    store.create(token, Lifetime(60_000, 60_000), user=user)
    browser = create_app(config(keys), store).test_client()
    browser.set_cookie("__Host-holdfast", token.text)

    assert "set-cookie" not in browser.post("/shop/cart", data={"sku": "kelp"}).headers
    store.commit(token, [Intent(Op.APPEND, "cart", b'"boat"')])
    page = browser.get("/shop/").text
    assert [one in page for one in ("Kingsley", "Cart (2)", "A toy boat")] == [True] * 3

    browser.post("/shop/cart/empty")
    found = store.load(token)
    assert isinstance(found, Session)
    assert found.data == {}


def test_the_first_thing_in_the_cart_begins_the_gateway_s_kind_of_session(
    store: RedisStore, keys: Keys
) -> None:
    browser = create_app(config(keys), store).test_client()
    assert "set-cookie" not in browser.get("/shop/").headers
    assert "set-cookie" not in browser.post("/shop/cart/empty").headers

    answer = browser.post("/shop/cart", data={"sku": "kelp"}, headers=BEHIND)
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-holdfast=")
    assert set(attributes) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    found = store.load(Token(name.partition("=")[2]))
    assert isinstance(found, Session)
    assert (found.client.ip, found.data) == ("192.0.2.7", {"cart": b'["kelp"]'})


def test_without_the_store_the_cart_is_out_of_reach_and_the_cookie_stays(keys: Keys) -> None:
    dead = RedisStore("unix:///nowhere/redis.sock", keys)
    browser = create_app(config(keys, secure=False), dead).test_client()
    browser.set_cookie("holdfast", Token.new(7).text)

    refused = browser.get("/shop/")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert "set-cookie" not in refused.headers
    assert browser.get("/healthz").status_code == 200
