"""Expressions of dashboards: about what is chosen in a dashboard's variables, whose names are those of labels."""

from dataclasses import dataclass
from typing import Final

RATE: Final = "$__rate_interval"
"""Grafana's: long enough for a rate, at the interval that metrics are read in."""
JVM: Final = 'container="corda"'
"""Matchers of what the JVM tells, whose metrics other programs have, too."""
HEAP: Final = f'area="heap", {JVM}'
TO_PEERS: Final = 'queue=~"internal[.]peers[.].+"'


def filters(*labels: str) -> str:
    """Return the matchers that hold labels against the variables of their names."""
    return ", ".join(f'{label}=~"${label}"' for label in labels)


@dataclass(frozen=True)
class Subject:
    """What a dashboard is about; results have its labels, and those that are asked for."""

    labels: tuple[str, ...]

    def select(self, metric: str, where: str = "") -> str:
        """Return the samples of a metric about it; ``where`` are further matchers."""
        matchers = ", ".join(filter(None, (filters(*self.labels), where)))
        return f"{metric}{{{matchers}}}"

    def most(self, metric: str, *by: str, where: str = "") -> str:
        """Return the greatest value, as of replicas that know the same but for a second."""
        return f"max by ({self._labels(*by)}) ({self.select(metric, where)})"

    def left(self, metric: str, *by: str) -> str:
        """Return the seconds until the first of several times."""
        return f"min by ({self._labels(*by)}) ({self.select(metric)}) - time()"

    def age(self, metric: str, *by: str) -> str:
        """Return the seconds since the last of several times."""
        return f"time() - {self.most(metric, *by)}"

    def total(self, metric: str, *by: str, where: str = "") -> str:
        """Return the sum."""
        return f"sum by ({self._labels(*by)}) ({self.select(metric, where)})"

    def rate(self, metric: str, *by: str, where: str = "") -> str:
        """Return how much a counter rises in a second."""
        return f"sum by ({self._labels(*by)}) (rate({self.select(metric, where)}[{RATE}]))"

    def per_minute(self, metric: str, *by: str, where: str = "") -> str:
        """Return how much a counter rises in a minute."""
        return f"60 * {self.rate(metric, *by, where=where)}"

    def quantile(self, metric: str, *by: str) -> str:
        """Return what 95 of 100 observations of a histogram stay below."""
        return f"histogram_quantile(0.95, {self.rate(f'{metric}_bucket', *by, 'le')})"

    def or_zero(self, expression: str, known: str) -> str:
        """Return 0, too, for subjects of a metric ``known``: a counter appears with the first that it counts."""
        return f"{expression} or 0 * {self.most(known)}"

    def _labels(self, *more: str) -> str:
        return ", ".join((*self.labels, *more))
