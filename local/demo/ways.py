"""Ways into the demo's cluster: load balancers, and port-forwards where there are none or nobody else may come in."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from corda_operator.plugin.kubectl import Kubectl as PluginKubectl
from corda_operator.plugin.port_forward import forwarded
from local.cluster.kubectl import Kubectl
from local.console import say
from local.demo.architecture import BANKS


@contextmanager
def load_balancers(kubectl: Kubectl) -> Iterator[dict[str, str]]:
    """Yield the URL of each bank's gateway: its load balancer, or a way through the API server where there are none."""
    with ExitStack() as ways:
        urls = {}
        for bank in BANKS:
            url = gateway_url(kubectl, bank)
            if url is None:
                say(f"    {bank}: this cluster has no load balancers; its gateway is reached through kubectl")
                urls[bank] = ways.enter_context(forwarded_to(kubectl, bank, "service/gateway", 80))
            else:
                urls[bank] = url
                say(f"    {bank}: load balancer {url}")
        yield urls


def forwarded_to(kubectl: Kubectl, namespace: str, target: str, port: int) -> AbstractContextManager[str]:
    """Return a way through the API server to a Service or a pod: http://127.0.0.1 and a port of this machine."""
    program, *flags = kubectl.command(f"--namespace={namespace}")
    return forwarded(PluginKubectl((program,), tuple(flags)), target, port)


def gateway_url(kubectl: Kubectl, bank: str) -> str | None:
    """Return the URL of a gateway's load balancer, None where there are none."""
    ingress = "--for=jsonpath={.status.loadBalancer.ingress[0].ip}"
    if not kubectl.succeeds("wait", ingress, "service/gateway", f"--namespace={bank}", "--timeout=30s"):
        return None
    path = "--output=jsonpath={.status.loadBalancer.ingress[0].ip}"
    return f"http://{kubectl.text('get', 'service/gateway', f'--namespace={bank}', path)}"
