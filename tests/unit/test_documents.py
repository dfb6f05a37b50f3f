"""The OpenAPI documents name what the services serve, and are valid."""

import re
from pathlib import Path

import pytest
from flask import Flask
from openapi_spec_validator import validate
from prometheus_client import CollectorRegistry

from auth.admin_openapi import admin_document
from auth.app import Counts, build, create_app
from auth.settings import AuthSettings
from gateway.app import own_endpoints
from gateway.openapi import public_document
from gateway.proxy import for_auth
from servicekit.metrics import RequestMetrics
from servicekit.secret import Secret
from sessionhttp.metrics import SessionMetrics

Served = set[tuple[str, str]]
PUBLIC, ADMIN = public_document("holdfast"), admin_document()


def told(document: dict[str, dict[str, dict[str, object]]]) -> Served:
    return {(verb.upper(), path) for path, verbs in document["paths"].items() for verb in verbs}


@pytest.fixture
def auth(tmp_path: Path) -> Flask:
    """Put auth together without starting it."""
    secret = Secret("x" * 16)
    config = AuthSettings(
        redis_url="unix:///unused",
        pepper=secret,
        service_token=secret,
        admin_token=secret,
        database_url=f"sqlite:///{tmp_path}/unused.sqlite",
    )
    registry = CollectorRegistry()
    counts = Counts(RequestMetrics(registry), SessionMetrics(registry))
    return create_app(config, build(config, registry), counts)


def served_by_auth(auth: Flask) -> Served:
    return {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule)).replace("public_id", "id"))
        for rule in auth.url_map.iter_rules()
        # Flask gives its static files OPTIONS before anybody can say no.
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


@pytest.mark.parametrize("document", [PUBLIC, ADMIN], ids=["public", "admin"])
def test_OBS_13_a_document_is_valid_openapi(document: dict[str, object]) -> None:
    validate(document)


def test_OBS_13_no_public_route_is_undocumented_and_none_is_made_up(auth: Flask) -> None:
    own = {
        (one.method, one.path.replace("/**", "/{path}"))
        for one in own_endpoints("holdfast")
        # Below /auth/verify any method asks the same.
        if one.method == "GET" or not one.path.endswith("/**")
    }
    # HEAD follows GET everywhere; only proxies that ask who it is rely on it.
    own.add(("HEAD", "/auth/verify"))
    handed_on = {one for one in served_by_auth(auth) if for_auth(one[1])}

    assert own | handed_on == told(PUBLIC)


def test_OBS_13_no_internal_route_is_undocumented_and_none_is_made_up(auth: Flask) -> None:
    internal = {one for one in served_by_auth(auth) if not for_auth(one[1])}

    assert internal - {("GET", "/healthz"), ("GET", "/readyz")} == told(ADMIN)
