"""Flask-Session on Redis with its defaults, as its documentation's quick start shows."""

import os
import time
from typing import Any

from flask import Flask, request, session
from flask.typing import ResponseReturnValue
from flask_session import Session
from redis import Redis

PASSWORD = "correct horse battery staple"

app = Flask(__name__)
app.config["SESSION_TYPE"] = "redis"
app.config["SESSION_REDIS"] = Redis.from_url(os.environ["REDIS_URL"])
app.config["PERMANENT_SESSION_LIFETIME"] = int(os.environ["IDLE_SECONDS"])
Session(app)


def _wait(milliseconds: Any) -> None:
    time.sleep(int(milliseconds or 0) / 1000)


@app.get("/healthz")
def healthz() -> ResponseReturnValue:
    return {"status": "ok"}


@app.before_request
def signed_in() -> ResponseReturnValue | None:
    if request.path in {"/healthz", "/login", "/logout"} or "user" in session:
        return None
    return {"error": "no session"}, 401


@app.post("/login")
def log_in() -> ResponseReturnValue:
    body = request.get_json()
    if body.get("password") != PASSWORD:
        return {"error": "bad credentials"}, 403
    session["user"] = body["username"]
    app.session_interface.regenerate(session)
    return {"user": session["user"]}


@app.post("/logout")
def log_out() -> ResponseReturnValue:
    session.clear()
    return "", 204


@app.get("/session")
def show() -> ResponseReturnValue:
    _wait(request.args.get("wait_ms"))
    data = {name: value for name, value in session.items() if name not in {"user", "_permanent"}}
    return {"user": session["user"], "data": data}


@app.post("/increment")
def increment() -> ResponseReturnValue:
    body = request.get_json()
    name = body["name"]
    session[name] = session.get(name, 0) + 1
    _wait(body.get("wait_ms"))
    return {"value": session[name]}


@app.post("/put")
def put() -> ResponseReturnValue:
    body = request.get_json()
    session[body["name"]] = body["value"]
    return {}


@app.post("/append")
def append() -> ResponseReturnValue:
    body = request.get_json()
    values = session.setdefault(body["name"], [])
    values.append(body["value"])
    session.modified = True
    _wait(body.get("wait_ms"))
    return {"length": len(values)}
