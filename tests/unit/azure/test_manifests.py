import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from local import paths
from local.azure import manifests
from local.azure.certificates import ca_certificate, server_certificate
from local.azure.stub.__main__ import arguments
from local.azure.stub.directory import Directory, load

DOCKERFILE = paths.ROOT / "local" / "azure" / "Dockerfile"
Object = dict[str, Any]


def built(folder: Path, storage: str | None = None) -> list[Object]:
    directory = Directory(
        tenant_id="7d5c2a10-0000-4000-8000-000000000001",
        issuers=(manifests.cluster_issuer("https://kubernetes.default.svc.cluster.local"),),
    )
    return manifests.objects(
        manifests.Deployment(
            stub_image="localhost/azure-stub:1",
            azurite_image="localhost/azurite:1",
            directory=yaml.safe_dump(json.loads(directory.model_dump_json(by_alias=True, exclude_none=True))),
            ca=ca_certificate(folder),
            stub_certificate=server_certificate(folder, "stub", manifests.certificate_hosts(manifests.STUB)),
            azurite_certificate=server_certificate(folder, "az", manifests.certificate_hosts(manifests.AZURITE)),
            storage=storage,
        )
    )


def of_kind(objects: list[Object], kind: str) -> dict[str, Object]:
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def pods(objects: list[Object]) -> dict[str, Object]:
    return {name: each["spec"]["template"]["spec"] for name, each in of_kind(objects, "Deployment").items()}


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> list[Object]:
    return built(tmp_path_factory.mktemp("certificates"))


def test_every_object_is_named_once_and_lies_in_the_namespace(objects: list[Object]) -> None:
    assert objects[0]["kind"] == "Namespace"
    assert {each["metadata"]["namespace"] for each in objects[1:]} == {"azure"}
    names = [(each["kind"], each["metadata"]["name"]) for each in objects]
    assert len(names) == len(set(names))
    assert json.loads(json.dumps(objects)) == objects


def test_pods_meet_the_restricted_standard(objects: list[Object]) -> None:
    assert objects[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for pod in pods(objects).values():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert security["readOnlyRootFilesystem"] is True
        kinds = {kind for volume in pod["volumes"] for kind in volume if kind != "name"}
        assert kinds <= {"configMap", "secret", "emptyDir", "persistentVolumeClaim", "projected"}


def test_services_offer_port_443_and_lead_to_a_port_of_their_pods(objects: list[Object]) -> None:
    deployments = of_kind(objects, "Deployment")
    services = of_kind(objects, "Service")
    assert set(services) == set(deployments) == {"azure-stub", "azurite"}
    for name, service in services.items():
        template = deployments[name]["spec"]["template"]
        assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
        assert service["spec"]["ports"][0]["port"] == 443
        offered = {port["containerPort"] for port in template["spec"]["containers"][0]["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= offered


def test_what_pods_refer_to_exists(objects: list[Object]) -> None:
    secrets, maps = of_kind(objects, "Secret"), of_kind(objects, "ConfigMap")
    for name, pod in pods(objects).items():
        assert pod["serviceAccountName"] in of_kind(objects, "ServiceAccount")
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        container = pod["containers"][0]
        assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
        for volume in volumes.values():
            assert "secret" not in volume or volume["secret"]["secretName"] in secrets
            assert "configMap" not in volume or volume["configMap"]["name"] in maps
        for variable in container.get("env", []):
            reference = variable["valueFrom"]["secretKeyRef"]
            assert reference["key"] in secrets[reference["name"]]["data"]
        ports = {port["name"] for port in container["ports"]}
        for probe in ("readinessProbe", "livenessProbe"):
            assert next(value for value in container[probe].values() if isinstance(value, dict))["port"] in ports
        assert name == container["name"]


def test_the_stub_understands_its_arguments_and_its_directory(objects: list[Object]) -> None:
    pod = pods(objects)["azure-stub"]
    container = pod["containers"][0]

    options = arguments(container["args"])

    mounted = [mount["mountPath"] for mount in container["volumeMounts"]]
    for path in (options.state, options.directory, options.certificate, options.key):
        assert str(path.parent) in mounted
    directory = load(of_kind(objects, "ConfigMap")["azure-directory"]["data"][options.directory.name])
    assert str(directory.issuers[0].token_file) == "/var/run/secrets/kubernetes.io/serviceaccount/token"
    assert of_kind(objects, "ServiceAccount")["azure-stub"]["automountServiceAccountToken"] is True
    assert of_kind(objects, "ServiceAccount")["azurite"]["automountServiceAccountToken"] is False


def test_private_keys_lie_in_secrets_only(objects: list[Object]) -> None:
    others = [each for each in objects if each["kind"] != "Secret"]

    assert "PRIVATE KEY" not in json.dumps(others)


def test_a_changed_directory_replaces_the_stubs_pod(tmp_path: Path, objects: list[Object]) -> None:
    def checksum(of: list[Object]) -> str:
        template = of_kind(of, "Deployment")["azure-stub"]["spec"]["template"]
        return str(template["metadata"]["annotations"]["corda-operator.io/checksum"])

    assert checksum(built(tmp_path)) == checksum(built(tmp_path))
    assert checksum(built(tmp_path)) != checksum(objects)


def test_state_is_kept_on_a_volume_of_its_own_if_one_is_asked_for(tmp_path: Path) -> None:
    objects = built(tmp_path, storage="1Gi")
    claims = of_kind(objects, "PersistentVolumeClaim")

    for pod in pods(objects).values():
        state = next(volume for volume in pod["volumes"] if volume["name"] == "state")
        claim = claims[state["persistentVolumeClaim"]["claimName"]]
        assert claim["spec"]["resources"]["requests"]["storage"] == "1Gi"


def test_the_files_copied_into_the_image_are_all_that_the_stub_needs(tmp_path: Path) -> None:
    for source, target in re.findall(r"^COPY (local/\S+) (/app/\S+)$", DOCKERFILE.read_text(), re.MULTILINE):
        copied = tmp_path / target.removeprefix("/app/")
        copied.parent.mkdir(parents=True, exist_ok=True)
        if (paths.ROOT / source).is_dir():
            shutil.copytree(paths.ROOT / source, copied)
        else:
            shutil.copy(paths.ROOT / source, copied)

    done = subprocess.run(
        [sys.executable, "-I", "-c", "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
         "runpy.run_module('local.azure.stub', run_name='__main__', alter_sys=True)", str(tmp_path), "--help"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert "protocol stub" in done.stdout


def test_the_lock_of_azurite_pins_hashes_and_names_no_registry() -> None:
    lock = json.loads((paths.ROOT / "local" / "azure" / "azurite" / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}

    assert packages["node_modules/azurite"]["version"] == "3.37.0"
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())
