"""Traefik's and Envoy's files, read whole: they fail closed, also where neither is installed."""

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.proxy import AUTH_PREFIXES

SHIPPED = Path(__file__).parents[2] / "deploy" / "forward-auth"
SPELLINGS = {
    f"x{first}auth{second}{name}"
    for name in ("user", "roles", "session", "assertion")
    for first, second in product("-._", repeat=2)
}
IDENTITY = {"x-auth-user", "x-auth-roles", "x-auth-session", "x-auth-assertion"}
OURS = ["/login", "/logout", "/session/data/a", "/account/static/a", "/.well-known/jwks.json"]
# The fields that Traefik 3 knows, by what they are in.
FIELDS = {
    "http": {"routers", "middlewares", "services"},
    "router": {"rule", "priority", "service", "middlewares", "entryPoints", "tls"},
    "forwardAuth": {
        "address", "trustForwardHeader", "authResponseHeaders", "authRequestHeaders",
        "authResponseHeadersRegex", "addAuthCookiesToResponse", "tls", "forwardBody",
        "maxBodySize", "headerField", "preserveLocationHeader", "preserveRequestMethod",
    },
}  # fmt: skip


def read(name: str) -> Any:
    return yaml.safe_load((SHIPPED / name).read_text())


@pytest.fixture
def traefik() -> Any:
    return read("traefik/dynamic.yml")["http"]


@pytest.fixture
def connections() -> Any:
    (listener,) = read("envoy/envoy.yaml")["static_resources"]["listeners"]
    return listener["filter_chains"][0]["filters"][0]["typed_config"]


def test_PRX_26_traefiks_file_has_known_fields_and_whole_names(traefik: Any) -> None:
    assert traefik.keys() <= FIELDS["http"]
    for router in traefik["routers"].values():
        assert router.keys() <= FIELDS["router"]
        assert router["service"] in traefik["services"]
        assert set(router.get("middlewares", ())) <= traefik["middlewares"].keys()
    asks = traefik["middlewares"]["holdfast"]["forwardAuth"]
    assert asks.keys() <= FIELDS["forwardAuth"]
    assert traefik["routers"]["app"]["middlewares"] == ["forget", "holdfast", "asked"]
    forgotten = dict(traefik["middlewares"]["forget"]["headers"]["customRequestHeaders"])
    assert forgotten.pop("Sec-Forward-Auth") == "cookie"
    assert {name.lower() for name in forgotten} == SPELLINGS
    assert set(forgotten.values()) == {""}
    assert asks["trustForwardHeader"] is False
    assert asks["preserveLocationHeader"] is True
    assert {name.lower() for name in asks["authResponseHeaders"]} == {*IDENTITY, "cookie"}
    assert "/auth/verify?login=redirect" in asks["address"]


def test_PRX_26_envoys_file_drops_asks_and_fails_closed(connections: Any) -> None:
    dropped = connections["early_header_mutation_extensions"][0]["typed_config"]["mutations"]
    assert {one["remove"] for one in dropped} == {one for one in SPELLINGS if "_" not in one}
    underscores = connections["common_http_protocol_options"]["headers_with_underscores_action"]
    assert underscores == "DROP_HEADER"
    filters = {one["name"]: one["typed_config"] for one in connections["http_filters"]}
    assert [name.rpartition(".")[2] for name in filters] == ["lua", "ext_authz", "router"]
    asks = filters["envoy.filters.http.ext_authz"]
    assert asks["failure_mode_allow"] is False
    assert asks["status_on_error"] == {"code": "ServiceUnavailable"}
    assert asks["http_service"]["path_prefix"] == "/auth/verify"
    answer = asks["http_service"]["authorization_response"]
    assert {"exact": "cookie"} in answer["allowed_upstream_headers"]["patterns"]
    told = {one.get("exact") for one in asks["allowed_headers"]["patterns"]}
    assert {"cookie", "origin", "x-forwarded-for", "x-forwarded-proto"} <= told


def test_PRX_26_envoys_file_names_clusters_that_are_there(connections: Any) -> None:
    clusters = {one["name"] for one in read("envoy/envoy.yaml")["static_resources"]["clusters"]}
    routes = connections["route_config"]["virtual_hosts"][0]["routes"]
    assert {route["route"]["cluster"] for route in routes} <= clusters
    asked = connections["http_filters"][1]["typed_config"]["http_service"]["server_uri"]
    assert asked["cluster"] in clusters
    # Only the gateway's own paths are not asked about.
    free = [route for route in routes if "typed_per_filter_config" in route]
    assert [route["route"]["cluster"] for route in free] == ["gateway"]


def own(connections: Any, traefik: Any) -> list[re.Pattern[str]]:
    routes = connections["route_config"]["virtual_hosts"][0]["routes"]
    rule = traefik["routers"]["own"]["rule"]
    prefixes = re.search(r"PathRegexp\(`([^`]+)`\)", rule)
    exact = re.search(r"Path\(`([^`]+)`\)", rule)
    assert prefixes
    assert exact
    envoy = routes[0]["match"]["safe_regex"]["regex"]
    return [
        re.compile(rf"(?:{envoy})\Z"),
        re.compile(rf"{prefixes[1]}|{re.escape(exact[1])}\Z"),
    ]


def test_PRX_26_both_lead_the_gateways_own_paths_to_it_and_no_other(
    connections: Any, traefik: Any
) -> None:
    for pattern in own(connections, traefik):
        for path in [*OURS, *(one for one in AUTH_PREFIXES)]:
            assert pattern.match(path), (pattern, path)
        for path in ("/", "/app", "/loginx", "/app/login", "/sessionsx/a"):
            assert not pattern.match(path), (pattern, path)
