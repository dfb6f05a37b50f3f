"""An application on Flask-Session, as people write them; one changed line moves it over."""

import os
import threading

from flask import Flask, request, session
from flask_session import Session
from redis import Redis

app = Flask(__name__)
app.config.update(
    SECRET_KEY="k" * 32,
    SESSION_TYPE="redis",
    SESSION_REDIS=Redis.from_url(os.environ["REDIS_URL"]),
    SESSION_KEY_PREFIX=os.environ["PREFIX"] + ":",
    SESSION_SERIALIZATION_FORMAT="json",
)
Session(app)
both = threading.Barrier(2)
loaded, released = threading.Event(), threading.Event()


def look() -> None:
    """Read the session; then `?at=both` waits for another request, `?at=hold` to be released."""
    session.get("user_id")
    if request.args.get("at") == "both":
        both.wait(10)
    if request.args.get("at") == "hold":
        loaded.set()
        released.wait(10)


@app.post("/login")
def login() -> str:
    session.update(user_id=7, n=0, cart=[])
    return "welcome"


@app.post("/set/<name>")
def put(name: str) -> str:
    look()
    session[name] = name
    return "saved"


@app.post("/cart/<sku>")
def buy(sku: str) -> str:
    cart = session["cart"]
    look()
    cart.append(sku)
    session.modified = True
    return "saved"


@app.post("/count")
def count() -> str:
    n = session["n"]
    look()
    session["n"] = n + 1
    return "saved"


@app.post("/logout")
def logout() -> str:
    assert loaded.wait(10)
    session.clear()
    return "bye"


@app.post("/release")
def release() -> str:
    released.set()
    return "on"


@app.get("/")
def show() -> dict[str, object]:
    return {name: session[name] for name in session if not name.startswith("_")}
