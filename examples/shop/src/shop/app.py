"""The shop: a catalogue, and a cart in the session that gateway, auth and shop share.

It is an ordinary Flask application. Behind the gateway `session` is the gateway's: two clicks at
once are two items, and signing in carries the cart over.
"""

import os
from collections.abc import Mapping
from contextlib import suppress

from flask import Blueprint, Flask, Response, render_template, request
from werkzeug.middleware.proxy_fix import ProxyFix

from holdfast import SessionStore
from holdfast.errors import StoreError
from holdfast.flask import Session, session
from holdfast.redis_store import RedisStore
from servicekit import page, settings
from sessionhttp.cookies import CookiePolicy
from sessionhttp.settings import SessionSettings
from shop import logs

CATALOGUE = {"kelp": "A frond of kelp", "rock": "A rock to hold on to", "boat": "A toy boat"}

blueprint = Blueprint("shop", __name__, url_prefix="/shop")


@blueprint.get("/")
def show() -> Response:
    """Show the catalogue and the cart."""
    names = [CATALOGUE[sku] for sku in session.get("cart", []) if sku in CATALOGUE]
    user = session.user.name if session.user else None
    main = render_template("shop.html", catalogue=CATALOGUE, cart=names, user=user)
    return Response(page.render("Shop", main), headers=page.headers())


def _back() -> Response:
    return Response(status=303, headers={"location": "/shop/", "cache-control": "no-store"})


@blueprint.post("/cart")
def add() -> Response:
    """Put one thing into the cart."""
    sku = request.form.get("sku", "")
    if sku not in CATALOGUE:
        return Response("There is no such thing here.", 422)
    session.append("cart", sku)
    return _back()


@blueprint.post("/cart/empty")
def empty() -> Response:
    """Empty the cart."""
    with suppress(KeyError):
        del session["cart"]
    return _back()


def create_app(config: SessionSettings, store: SessionStore) -> Flask:
    """Put the shop together."""
    app = Flask("shop")
    cookie = CookiePolicy(config.cookie_secure)
    app.config.update(
        SESSION_COOKIE_NAME=cookie.name,
        SESSION_COOKIE_SECURE=cookie.secure,
        PERMANENT_SESSION_LIFETIME=config.anonymous_seconds,
        HOLDFAST_ABSOLUTE_SECONDS=config.absolute_seconds,
        HOLDFAST_TOUCH_SECONDS=config.touch_ms / 1000,
    )
    Session(app, store=store, behind_gateway=True)
    # The gateway tells who asks; nobody else reaches the shop.
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)  # type: ignore[method-assign]  # Flask's own way
    app.register_blueprint(blueprint)
    logs.tell(app)

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
    logs.configure(environ)
    timeout_s = config.store_timeout_ms / 1000
    return create_app(config, RedisStore(config.redis_url, config.keys, timeout_s=timeout_s))
