"""A Flask service that believes a request only when the gateway has signed who is asking."""

import os

import jwt
from flask import Flask, abort, g, request

app, keys = Flask(__name__), jwt.PyJWKClient(os.environ["GATEWAY"] + "/.well-known/jwks.json")


@app.before_request
def who() -> None:
    """Refuse whatever did not come through the gateway, along this service's route."""
    token = request.headers.get("X-Auth-Assertion", "")
    try:
        key = keys.get_signing_key_from_jwt(token)
        g.user = jwt.decode(token, key, ["ES256"], audience="/flask", issuer="holdfast")
    except jwt.PyJWTError:
        abort(401)


@app.get("/flask/me")
def me() -> str:
    """Tell who is asking."""
    return f"{g.user['sub']} {g.user['roles']}"
