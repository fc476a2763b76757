"""Two pods that tests work from: one that serves CorDapps and speaks to vaults, one that speaks Corda's RPC."""

import contextlib
import json
import select
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.azure.names import DOMAIN
from local.cluster.addons import Object
from local.cluster.kubectl import Kubectl
from local.demo.architecture import TENANT_ID
from tests.e2e import pods
from tests.e2e.operator import resources

DESK, RPC = "desk", "rpc"
_PATIENCE_SECONDS = 240.0
_VAULT = """
import json, sys
from azure.identity import ClientSecretCredential
from azure.keyvault.secrets import SecretClient
options = {{"authority": {authority!r}, "disable_instance_discovery": True}}
me = ClientSecretCredential({tenant!r}, {client!r}, {secret!r}, **options)
with SecretClient({vault!r}, me) as vault:
"""


_SERVE = """
import http.server, pathlib, ssl, time
while not pathlib.Path("desk.key").exists():
    time.sleep(0.2)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("desk.pem", "desk.key")
server = http.server.ThreadingHTTPServer(("", 8443), http.server.SimpleHTTPRequestHandler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def objects(operator_image: str, corda_image: str) -> list[Object]:
    """Return the pods and the Service that CorDapps are fetched from, once its certificate is there."""
    files = {"volumes": [{"name": "files", "emptyDir": {}}, {"name": "ca", "configMap": {"name": "azure-ca"}}]}
    mounts = [{"name": "files", "mountPath": "/files"}, {"name": "ca", "mountPath": "/etc/azure-ca"}]
    trust = [{"name": name, "value": "/etc/azure-ca/ca.pem"} for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")]
    desk = pods.pod(
        resources.TOOLS,
        DESK,
        pods.python(_SERVE),
        image=operator_image,
        spec=files,
        container={"workingDir": "/files", "env": trust, "volumeMounts": mounts},
    )
    rpc = pods.pod(
        resources.TOOLS,
        RPC,
        ["sleep", "infinity"],
        image=corda_image,
        spec={**files, "nodeSelector": {"kubernetes.azure.com/agentpool": "corda"}},
        container={"volumeMounts": mounts[:1]},
    )
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": DESK, "namespace": resources.TOOLS},
        "spec": {"selector": {"app": DESK}, "ports": [{"port": 443, "targetPort": 8443}]},
    }
    return [desk, rpc, service]


def copy(cluster: Kubectl, pod: str, files: Sequence[Path]) -> None:
    """Put files into a pod's ``/files``."""
    for file in files:
        cluster.text("cp", "--no-preserve", str(file), f"{resources.TOOLS}/{pod}:/files/{file.name}")


def set_secret(cluster: Kubectl, vault: str, name: str, value: str) -> None:
    """Put a secret into a vault, as its administrator."""
    _in_vault(cluster, vault, f"    vault.set_secret({name!r}, sys.stdin.read())", value)


def secrets(cluster: Kubectl, vault: str) -> dict[str, str]:
    """Return all secrets of a vault."""
    script = "    print(json.dumps({each.name: vault.get_secret(each.name).value "
    script += "for each in vault.list_properties_of_secrets() if each.enabled}))"
    found: dict[str, str] = json.loads(_in_vault(cluster, vault, script))
    return found


def _in_vault(cluster: Kubectl, vault: str, script: str, stdin: str = "") -> str:
    preamble = _VAULT.format(
        tenant=TENANT_ID,
        client=resources.ADMINISTRATOR,
        secret=resources.ADMINISTRATOR_SECRET,
        authority=f"https://login.{DOMAIN}",
        vault=f"https://{vault}.vault.{DOMAIN}",
    )
    where = ("exec", "-i", DESK, f"--namespace={resources.TOOLS}", "--")
    return cluster.text(*where, *pods.python(preamble + script), stdin=stdin)


class Rpc:
    """The program `tests/integration/network/genuine/Rpc.java` in its pod, asked line by line."""

    def __init__(self, cluster: Kubectl, password: str) -> None:
        java = "java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -DdefaultLogLevel=warn"
        classes = "/files:/files/corda-finance-contracts-4.10.jar:/files/corda-finance-workflows-4.10.jar"
        script = f'exec {java} -cp "{classes}:$(cat /opt/corda/classpath)" Rpc {resources.RPC_USER} "{password}"'
        where = ("exec", "-i", RPC, f"--namespace={resources.TOOLS}", "--", "sh", "-c", script)
        self._program = subprocess.Popen(
            cluster.command(*where), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def ask(self, host: str, command: str, **arguments: Any) -> Any:
        """Return what a node answers to a command; raise AssertionError with its complaint, OSError without the pod."""
        if self._program.stdin is None or self._program.stdout is None:
            raise AssertionError("the program has no pipes")
        request = {"node": f"{host}.{resources.NAMESPACE}.svc.cluster.local:10003", "command": command, **arguments}
        self._program.stdin.write(json.dumps(request).encode() + b"\n")
        self._program.stdin.flush()
        if not select.select([self._program.stdout], [], [], _PATIENCE_SECONDS)[0]:
            raise AssertionError(f"no answer to {request}")
        line = self._program.stdout.readline()
        if not line:
            raise ConnectionResetError(f"{RPC} has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(f"{request}: {answer['error']}")
        return answer["result"]

    def close(self) -> None:
        """End the program."""
        self._program.terminate()
        for pipe in (self._program.stdin, self._program.stdout):
            if pipe is not None:
                # What could not be written to a program that has ended is written again at the close.
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._program.wait()
