"""Settings that Corda or a CorDapp knows and this API does not: any but those that are decided elsewhere."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from corda_operator.api.rules import Rule, with_rules

_IN_THE_IMAGE = "where files lie is for the image to say: leave it out"

RESERVED: Final = {
    "baseDirectory": ("string", _IN_THE_IMAGE),
    "compatibilityZoneURL": ("string", "the Consortium says where its services are: leave it out"),
    "crlCheckArtemisServer": (
        "boolean",
        "the operator turns it on wherever the network has revocation lists: leave it out",
    ),
    "crlCheckSoftFail": ("boolean", "use spec.revocation.hardFail instead"),
    "devMode": ("boolean", "development mode accepts anybody's certificates: leave it out, it is always off"),
    "devModeOptions": ("object", "development mode accepts anybody's certificates: leave it out, it is always off"),
    "h2port": ("integer", "opens the ledger's database to the network: leave it out"),
    "keyStorePassword": ("string", "passwords are made by the operator and stay out of resources: leave it out"),
    "myLegalName": ("string", "use spec.legalName instead"),
    "notary": ("object", "use spec.notary instead"),
    "p2pAddress": ("string", "use spec.p2p instead"),
    "rpcAddress": ("string", "use spec.rpc instead"),
    "rpcUsers": ("array", "use spec.rpc.users instead: passwords stay out of resources"),
    "trustStorePassword": ("string", "passwords are made by the operator and stay out of resources: leave it out"),
    "useTestClock": ("boolean", "lets callers change the time: leave it out"),
}
"""Settings of node.conf with the type that they would have, and why not or where instead."""

NODE_TOOL: Final = "node_tool"
"""The RPC user that enrolment makes at every start for the node tool; nobody else may be called so."""


@dataclass(frozen=True)
class _FreeForm:
    """CEL sees declared fields only, so reserved ones are declared, for a rule to refuse them."""

    reserved: bool

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        handler(core)
        schema: JsonSchemaValue = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        if not self.reserved:
            return schema
        schema["properties"] = {key: _declared(kind) for key, (kind, _) in RESERVED.items()}
        rules = (Rule(f"!has(self.{key})", f"{key}: {why}") for key, (_, why) in RESERVED.items())
        return with_rules(schema, *rules)


def _declared(kind: str) -> JsonSchemaValue:
    declared: JsonSchemaValue = {"type": kind, "description": "Refused."}
    if kind == "array":
        declared["items"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        declared["maxItems"] = 1
    elif kind == "object":
        declared["x-kubernetes-preserve-unknown-fields"] = True
    elif kind == "string":
        declared["maxLength"] = 1024
    return declared


NodeSettings = Annotated[dict[str, Any], _FreeForm(reserved=True)]
"""Of node.conf; `corda.node_configuration` has the last word."""
CordappSettings = Annotated[dict[str, Any], _FreeForm(reserved=False)]
"""Of a CorDapp."""
