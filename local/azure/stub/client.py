"""A client of the stub's admin listener, for tests and for setting up a network."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from local.azure.json_http import call
from local.azure.stub.counts import Outcome
from local.azure.stub.directory import ApplicationInsights, Directory, Identity, Issuer, RoleAssignment, Vault
from local.azure.stub.faults import Fault


@dataclass(frozen=True)
class SwitchState:
    """A fault that is switched on, and what it did so far."""

    identifier: str
    fault: Fault
    matched: int
    applied: int


@dataclass(frozen=True)
class StubAdmin:
    """The admin listener at ``host:port``; calls raise HttpError, or OSError if nobody listens."""

    address: str

    def check(self) -> None:
        """Return if the stub serves."""
        call(self.address, "GET", "/healthz")

    def directory(self) -> Directory:
        """Return the whole directory."""
        return Directory.model_validate(call(self.address, "GET", "/directory"))

    def put_directory(self, directory: Directory) -> None:
        """Replace the whole directory."""
        call(self.address, "PUT", "/directory", directory.model_dump_json(by_alias=True))

    def put_identity(self, identity: Identity) -> None:
        """Add or replace an identity."""
        call(self.address, "PUT", "/identities", identity.model_dump_json(by_alias=True))

    def delete_identity(self, name: str) -> None:
        """Remove an identity and its roles."""
        call(self.address, "DELETE", f"/identities/{quote(name)}")

    def put_issuer(self, issuer: Issuer) -> None:
        """Add or replace an issuer."""
        call(self.address, "PUT", "/issuers", issuer.model_dump_json(by_alias=True))

    def delete_issuer(self, issuer: str) -> None:
        """Remove an issuer."""
        call(self.address, "DELETE", f"/issuers?issuer={quote(issuer, safe='')}")

    def put_vault(self, vault: Vault) -> None:
        """Add or replace a vault."""
        call(self.address, "PUT", "/vaults", vault.model_dump_json(by_alias=True))

    def delete_vault(self, name: str) -> None:
        """Remove a vault; its content stays in the stub's state."""
        call(self.address, "DELETE", f"/vaults/{quote(name)}")

    def grant(self, vault: str, assignment: RoleAssignment) -> None:
        """Add a role assignment."""
        call(self.address, "PUT", f"/vaults/{quote(vault)}/roles", assignment.model_dump_json(by_alias=True))

    def revoke(self, vault: str, assignment: RoleAssignment) -> None:
        """Take a role assignment away."""
        body = assignment.model_dump_json(by_alias=True)
        call(self.address, "DELETE", f"/vaults/{quote(vault)}/roles", body)

    def put_application_insights(self, resource: ApplicationInsights) -> None:
        """Add or replace a resource of Application Insights."""
        call(self.address, "PUT", "/application-insights", resource.model_dump_json(by_alias=True))

    def telemetry(self, instrumentation_key: str) -> list[dict[str, Any]]:
        """Return the latest items that Application Insights accepted with a key, oldest first."""
        found: list[dict[str, Any]] = call(self.address, "GET", f"/telemetry?key={instrumentation_key}")["items"]
        return found

    def switch_on(self, fault: Fault) -> str:
        """Switch a fault on and return its id."""
        body = fault.model_dump_json(by_alias=True, exclude_none=True)
        return str(call(self.address, "POST", "/faults", body)["id"])

    def switches(self) -> list[SwitchState]:
        """Return the faults that are switched on."""
        return [
            SwitchState(each["id"], Fault.model_validate(each["fault"]), each["matched"], each["applied"])
            for each in call(self.address, "GET", "/faults")["faults"]
        ]

    def switch_off(self, identifier: str | None = None) -> None:
        """Switch one fault off, or all."""
        call(self.address, "DELETE", "/faults" if identifier is None else f"/faults/{identifier}")

    def counts(self) -> dict[Outcome, int]:
        """Return how many calls came in by service, operation and status."""
        return {
            Outcome(each["service"], each["operation"], each["status"]): each["count"]
            for each in call(self.address, "GET", "/counts")["counts"]
        }

    def clear_counts(self) -> None:
        """Count from nought again."""
        call(self.address, "DELETE", "/counts")
