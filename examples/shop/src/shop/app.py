"""The shop: a catalogue, and a cart in the session that gateway, auth and shop share.

The cart is written as intents, so two clicks at once are two items. Who is not signed in gets an
anonymous session with the first item; signing in carries the cart over.
"""

import json
import os
from collections.abc import Mapping

from flask import Blueprint, Flask, Response, current_app, render_template, request

from holdfast import Client, Ended, Intent, Op, Session, Token
from holdfast.errors import MalformedToken, StoreError
from holdfast.redis_store import RedisStore
from holdfast.token import random_bucket
from servicekit import settings
from sessionhttp.cookies import CookiePolicy
from sessionhttp.settings import SessionSettings

CATALOGUE = {"kelp": "A frond of kelp", "rock": "A rock to hold on to", "boat": "A toy boat"}

blueprint = Blueprint("shop", __name__, url_prefix="/shop")


class Visit:
    """One request's session."""

    def __init__(self) -> None:
        self.config: SessionSettings = current_app.extensions["settings"]
        self.store: RedisStore = current_app.extensions["store"]
        self.cookies = CookiePolicy(self.config.cookie_secure)
        try:
            self.token = self.cookies.read(request.headers.getlist("cookie"))
        except MalformedToken:
            self.token = None

    def session(self) -> Session | None:
        """Return the live session, if there is one."""
        found = self.store.load(self.token, touch_ms=self.config.touch_ms) if self.token else None
        return None if isinstance(found, Ended) else found

    def write(self, intent: Intent) -> str | None:
        """Apply an intent; return a Set-Cookie where that began a session."""
        if self.token:
            done = self.store.commit(self.token, [intent], touch_ms=self.config.touch_ms)
            if not isinstance(done, Ended):
                return None
        token, client = Token.new(random_bucket()), Client(request.headers["x-forwarded-for"])
        session = self.store.create(
            token, self.config.anonymous_lifetime, client=client, intents=[intent]
        )
        return self.cookies.set(token, session)


@blueprint.get("/")
def show() -> str:
    """Show the catalogue and the cart."""
    session = Visit().session()
    cart = json.loads((session.data or {}).get("cart", b"[]")) if session else []
    user = session.user.name if session and session.user else None
    names = [CATALOGUE[sku] for sku in cart if sku in CATALOGUE]
    return render_template("shop.html", catalogue=CATALOGUE, cart=names, user=user)


def _back(cookie: str | None) -> Response:
    made = Response(status=303, headers={"location": "/shop/", "cache-control": "no-store"})
    if cookie:
        made.headers.add("set-cookie", cookie)
    return made


@blueprint.post("/cart")
def add() -> Response:
    """Put one thing into the cart."""
    sku = request.form.get("sku", "")
    if sku not in CATALOGUE:
        return Response("There is no such thing here.", 422)
    return _back(Visit().write(Intent(Op.APPEND, "cart", json.dumps(sku).encode())))


@blueprint.post("/cart/empty")
def empty() -> Response:
    """Empty the cart."""
    visit = Visit()
    return _back(visit.write(Intent(Op.DELETE, "cart")) if visit.session() else None)


def create_app(config: SessionSettings, store: RedisStore) -> Flask:
    """Put the shop together."""
    app = Flask("shop")
    app.extensions.update(settings=config, store=store)
    app.register_blueprint(blueprint)

    @app.errorhandler(StoreError)
    def unavailable(_: StoreError) -> Response:
        return Response("The cart is out of reach for a moment.", 503, {"retry-after": "1"})

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    return app


def main(environ: Mapping[str, str] = os.environ) -> Flask:
    """Make the shop of the environment: what gunicorn calls."""
    config = settings.read(SessionSettings, environ)
    timeout_s = config.store_timeout_ms / 1000
    return create_app(config, RedisStore(config.redis_url, config.keys, timeout_s=timeout_s))
