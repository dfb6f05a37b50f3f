"""The Kubernetes manifests hold what the checklist asks of them, by id, in every overlay."""

import shutil
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from support import kustomize
from support.kustomize import WORKLOADS, Manifest, container, named, of_kind, pod

from servicekit import gunicorn_conf

VERSIONS = ("1.31", "1.37")
SERVICES = ("gateway", "auth")


def workloads(manifests: list[Manifest]) -> list[Manifest]:
    return list(of_kind(manifests, *WORKLOADS))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_is_what_the_schemas_of_kubernetes_allow(
    manifests: list[Manifest], version: str
) -> None:
    for one in manifests:
        kubernetes_validate.validate(one, version, strict=True)


def test_the_schemas_notice_a_word_that_kubernetes_does_not_know(manifests: list[Manifest]) -> None:
    wrong = named(manifests, "Deployment", "gateway") | {"sepc": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


@pytest.mark.parametrize("service", SERVICES)
def test_K8S_01_balancers_route_by_healthz_and_only_the_start_waits_for_the_store(
    manifests: list[Manifest], service: str
) -> None:
    made = container(named(manifests, "Deployment", service))
    paths = {kind: made[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness")}

    assert paths == {"startup": "/readyz", "readiness": "/healthz"}
    assert made["livenessProbe"]["httpGet"]["path"] == "/healthz"
    # A call to Redis takes 250 ms at most, a look at the database 5 s.
    assert made["startupProbe"]["timeoutSeconds"] >= {"gateway": 1, "auth": 6}[service]
    # Nobody is killed for being slow before he is taken out of the way.
    ready, live = made["readinessProbe"], made["livenessProbe"]
    assert ready["periodSeconds"] * ready["failureThreshold"] < live["periodSeconds"]


def test_K8S_02_one_component_makes_readiness_ask_for_the_store(folder: Path) -> None:
    switched = folder / "overlays" / "switched"
    switched.mkdir(exist_ok=True)
    (switched / "kustomization.yaml").write_text(
        "resources: [../production]\ncomponents: [../../components/ready-by-store]\n"
    )
    made = kustomize.render(switched)
    for service in SERVICES:
        probes = container(named(made, "Deployment", service))
        assert probes["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert probes["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_K8S_03_pods_are_restricted(manifests: list[Manifest]) -> None:
    for one in workloads(manifests):
        spec, made = pod(one), container(one)
        around, within = spec["securityContext"], made["securityContext"]

        assert around["runAsNonRoot"] is True, one["metadata"]["name"]
        assert around["runAsUser"] > 0
        assert around["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
        assert within["allowPrivilegeEscalation"] is False
        assert within["readOnlyRootFilesystem"] is True
        assert within["capabilities"] == {"drop": ["ALL"]}
        assert not any("hostPath" in volume for volume in spec["volumes"])
    (space,) = of_kind(manifests, "Namespace")
    assert space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("service", SERVICES)
def test_K8S_04_an_instance_goes_in_good_order_and_never_all_at_once(
    manifests: list[Manifest], service: str
) -> None:
    deployment = named(manifests, "Deployment", service)
    spec, made = pod(deployment), container(deployment)
    before = made["lifecycle"]["preStop"]["sleep"]["seconds"]
    ready = made["readinessProbe"]

    # It goes on serving until every balancer has noticed, and then ends what is under way.
    assert before > ready["periodSeconds"] * ready["failureThreshold"]
    assert spec["terminationGracePeriodSeconds"] > before + gunicorn_conf.graceful_timeout
    assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert "replicas" not in deployment["spec"]
    scaler = named(manifests, "HorizontalPodAutoscaler", service)["spec"]
    assert scaler["scaleTargetRef"]["name"] == service
    assert scaler["minReplicas"] >= 2
    budget = named(manifests, "PodDisruptionBudget", service)["spec"]
    assert budget["maxUnavailable"] == 1
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert budget["selector"]["matchLabels"].items() <= labels.items()
    spread = {one["topologyKey"]: one for one in spec["topologySpreadConstraints"]}
    assert spread.keys() == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
    for one in spread.values():
        assert one["labelSelector"]["matchLabels"].items() <= labels.items()


def test_K8S_04_everybody_asks_for_a_share_and_gets_no_more(manifests: list[Manifest]) -> None:
    for one in workloads(manifests):
        shares = container(one)["resources"]
        assert shares["requests"].keys() == shares["limits"].keys() == {"cpu", "memory"}


def test_every_image_has_a_tag_that_is_no_moving_one(manifests: list[Manifest]) -> None:
    """`latest` is pulled anew each time too: images loaded into a cluster would not be found."""
    images = [container(one)["image"] for one in workloads(manifests)]

    assert [image for image in images if image.endswith(":latest") or ":" not in image] == []


def reaches(manifests: list[Manifest], policy: str) -> set[int]:
    """Return the ports that a policy's egress names."""
    rules = named(manifests, "NetworkPolicy", policy)["spec"]["egress"]
    return {port["port"] for rule in rules for port in rule["ports"]}


def who(manifests: list[Manifest], policy: str) -> set[str]:
    """Return the workloads whose pods a policy is about."""
    selector = named(manifests, "NetworkPolicy", policy)["spec"]["podSelector"]
    return {one["metadata"]["name"] for one in workloads(manifests) if _selects(selector, one)}


def _selects(selector: dict[str, Any], workload: Manifest) -> bool:
    labels = workload["spec"]["template"]["metadata"]["labels"]
    exact = selector.get("matchLabels", {}).items() <= labels.items()
    return exact and all(
        labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", ())
    )


def test_K8S_05_nobody_speaks_to_anybody_but_by_a_rule(manifests: list[Manifest]) -> None:
    deny = named(manifests, "NetworkPolicy", "default-deny")["spec"]

    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert who(manifests, "to-redis") == {"gateway", "auth"}
    assert reaches(manifests, "to-redis") == {6379}
    assert who(manifests, "to-postgres") == {"auth", "migrate"}
    assert reaches(manifests, "to-postgres") == {5432}


def test_K8S_05_only_the_gateway_is_reached_and_never_an_internal_address(
    manifests: list[Manifest],
) -> None:
    gateway = named(manifests, "NetworkPolicy", "gateway")["spec"]
    auth = named(manifests, "NetworkPolicy", "auth")["spec"]
    served = {
        service["metadata"]["name"]: [port["targetPort"] for port in service["spec"]["ports"]]
        for service in of_kind(manifests, "Service")
    }

    assert [rule["ports"] for rule in gateway["ingress"]] == [[{"port": 8080}]]
    assert auth["ingress"] == [
        {
            "from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "gateway"}}}],
            "ports": [{"port": 8000}],
        }
    ]
    assert served["gateway"] == served["auth"] == ["http"]
    assert {one["spec"].get("type", "ClusterIP") for one in of_kind(manifests, "Service")} == {
        "ClusterIP"
    }
    for ingress in of_kind(manifests, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            assert [one["backend"]["service"]["name"] for one in rule["http"]["paths"]] == [
                "gateway"
            ]


def test_K8S_06_secrets_are_files_by_reference_and_in_no_variable(
    manifests: list[Manifest], folder: Path
) -> None:
    kept = (folder / "overlays/local/secrets/kept").iterdir()
    values = [file.read_text() for file in kept]
    plain = str([one for one in manifests if one["kind"] != "Secret"])

    assert len(values) > 10
    assert not [value for value in values if value in plain]
    for one in workloads(manifests):
        made = container(one)
        assert not any("secretRef" in source for source in made.get("envFrom", ()))
        assert "secretKeyRef" not in str(made.get("env", ()))
        mounted = {volume["name"] for volume in pod(one)["volumes"] if "secret" in volume}
        assert mounted <= {mount["name"] for mount in made["volumeMounts"] if mount.get("readOnly")}


def test_K8S_06_each_pod_has_the_secrets_of_its_own_service(
    rendered: dict[str, list[Manifest]],
) -> None:
    for one in workloads(rendered["production"]):
        (secret,) = (volume["secret"] for volume in pod(one)["volumes"] if "secret" in volume)
        name = one["metadata"]["name"]
        assert secret["secretName"] == {"migrate": "auth"}.get(name, name)
    assert not list(of_kind(rendered["production"], "Secret"))


@pytest.mark.parametrize(
    "changed", ["overlays/local/gateway.toml", "overlays/local/secrets/gateway/pepper"]
)
def test_K8S_06_a_change_of_configuration_starts_new_pods(
    folder: Path, rendered: dict[str, list[Manifest]], tmp_path: Path, changed: str
) -> None:
    shutil.copytree(folder.parent, tmp_path / "deploy")
    with (tmp_path / "deploy" / "kubernetes" / changed).open("a") as file:
        file.write("\n# changed\n")
    after = kustomize.render(tmp_path / "deploy" / "kubernetes" / "overlays" / "local")

    def template(manifests: list[Manifest], name: str) -> Any:
        return named(manifests, "Deployment", name)["spec"]["template"]

    before = rendered["local"]
    assert template(before, "gateway") != template(after, "gateway")
    assert template(before, "shop") == template(after, "shop")
