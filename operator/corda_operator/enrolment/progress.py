"""Where enrolment is and why it does not go on: told to the log, to a file beside the keystores, and to Kubernetes.

The file is for whoever looks into the pod; Kubernetes keeps the termination message of a container that ended,
so the operator finds there when certificates expire, and users the reason of a failure. Nothing secret is in it.
"""

import contextlib
import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from corda_operator.corda.certificates.certificate import Certificate
from corda_operator.enrolment.key_material import fingerprint

logger = logging.getLogger(__name__)

TERMINATION_LOG = Path("/dev/termination-log")
_LONGEST_REASON = 2000
"""Of a termination message Kubernetes keeps 4096 bytes."""


class Phase(StrEnum):
    """Where enrolment is."""

    REGISTERING = "Registering"
    """Keys are being made and certificates asked for."""
    WAITING_FOR_ADMISSION = "WaitingForAdmission"
    """The consortium has the request; nobody has admitted it yet."""
    READY = "Ready"
    """The node can start."""
    REFUSED = "Refused"
    """The consortium does not want the node."""
    FAILED = "Failed"
    """Somebody has to change the configuration, or the rights in Azure."""


@dataclass
class Progress:
    """What is known so far. Of a file that can't be written is told in the log only."""

    status: Path | None = None
    """None as long as it is not known where."""
    termination_log: Path = TERMINATION_LOG
    phase: Phase = Phase.REGISTERING
    reason: str = ""
    request_ids: dict[str, str] = field(default_factory=dict)
    """By legal name."""
    certificates: dict[str, Certificate] = field(default_factory=dict)
    """By what they are for."""

    def tell(self, phase: Phase, reason: str, level: int = logging.INFO) -> None:
        """Say where enrolment is and why, unless that was the last thing said."""
        if (phase, reason) == (self.phase, self.reason):
            return
        self.phase, self.reason = phase, reason
        logger.log(level, "%s", reason, extra={"phase": str(phase)})
        text = json.dumps(self.document(), indent=2) + "\n"
        if self.status is not None:
            self._write(self.status, text)
        # The kubelet puts it there; elsewhere it would be litter.
        if self.termination_log.exists():
            self._write(self.termination_log, text)

    def document(self) -> dict[str, Any]:
        """Return what ``status.json`` holds; times are RFC 3339, hashes upper-case hexadecimal."""
        return {
            "phase": str(self.phase),
            "reason": self.reason[:_LONGEST_REASON],
            "at": f"{datetime.now(UTC):%FT%TZ}",
            "requestIDs": self.request_ids,
            "certificates": {
                purpose: {
                    "expires": f"{certificate.not_after:%FT%TZ}",
                    "serialNumber": str(certificate.serial_number),
                    "publicKeySHA256": fingerprint(certificate.public_key),
                }
                for purpose, certificate in self.certificates.items()
            },
        }

    @staticmethod
    def _write(file: Path, text: str) -> None:
        with contextlib.suppress(OSError):
            file.write_text(text)
