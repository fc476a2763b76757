"""What was seen: the seconds of each step, a table, and build/reports/demo.json."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from local.console import step
from local.demo.figures import Figure
from local.paths import BUILD

FILE = BUILD / "reports" / "demo.json"


@dataclass
class Report:
    """Filled in as the demo goes on."""

    steps: dict[str, float] = field(default_factory=dict)
    """Seconds of each step, by what it was."""
    by_node: Counter[str] = field(default_factory=Counter)
    """Written versions by the node that a gateway sent the request to."""
    by_node_after: Counter[str] = field(default_factory=Counter)
    """The same, from the moment when a node and the operator were killed."""
    records_written: int = 0
    versions_written: int = 0
    records_read: int = 0
    lost: int = 0
    doubled: int = 0
    retries: int = 0
    corda_version: str = ""
    dev_mode: bool | None = None
    """None: not looked at."""
    members: Figure | None = None
    available_nodes: Figure | None = None
    transactions_per_minute: Figure | None = None

    @property
    def figures(self) -> dict[str, Figure | None]:
        """The key figures, by name."""
        return {
            "members": self.members,
            "available_nodes": self.available_nodes,
            "transactions_per_minute": self.transactions_per_minute,
        }

    @property
    def sources_agree(self) -> bool:
        """Whether Prometheus, the network page and what is there itself have the same figures."""
        return all(each is not None and each.agrees for each in self.figures.values())

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Announce a step and keep its seconds, also if it fails."""
        start = time.monotonic()
        try:
            with step(what):
                yield
        finally:
            self.steps[what] = round(time.monotonic() - start, 1)

    def document(self) -> dict[str, Any]:
        """Return what goes into the file."""
        return {
            "records_written": self.records_written,
            "versions_written": self.versions_written,
            "records_read": self.records_read,
            "lost": self.lost,
            "doubled": self.doubled,
            "by_node": dict(sorted(self.by_node.items())),
            "by_node_after_the_kill": dict(sorted(self.by_node_after.items())),
            "retries": self.retries,
            "corda_version": self.corda_version,
            "dev_mode": self.dev_mode,
            **{name: None if each is None else asdict(each) for name, each in self.figures.items()},
            "steps": self.steps,
            "seconds": round(sum(self.steps.values()), 1),
        }

    def write(self) -> None:
        """Write the file."""
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(json.dumps(self.document(), indent=2) + "\n")

    def show(self) -> None:
        """Print the table."""
        table = Table(title="Two banks share credit records", show_header=False)
        for what, value in (
            ("records that Bank A's application wrote", f"{self.records_written} in {self.versions_written} versions"),
            ("records that Bank B read from its own node", str(self.records_read)),
            ("lost", str(self.lost)),
            ("doubled", str(self.doubled)),
            *((f"written through {node}", str(count)) for node, count in sorted(self.by_node.items())),
            *((f"the same after the kill, {node}", str(n)) for node, n in sorted(self.by_node_after.items())),
            ("requests that the applications repeated", str(self.retries)),
            *(
                (name.replace("_", " "), f"{each.counted:g}; Prometheus {each.metrics:g}, network page {each.page:g}")
                for name, each in self.figures.items()
                if each is not None
            ),
            ("Corda", f"{self.corda_version}, dev mode: {self.dev_mode}"),
            *((what, f"{seconds:.0f} s") for what, seconds in self.steps.items()),
            ("in all", f"{sum(self.steps.values()):.0f} s"),
        ):
            table.add_row(what, value)
        Console().print(table)
