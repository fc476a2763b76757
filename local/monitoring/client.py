"""What a Prometheus knows, over its HTTP API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import aiohttp

from local.console import LocalError

_TIMES: Final = aiohttp.ClientTimeout(total=30, connect=5)
Labels = dict[str, str]


@dataclass(frozen=True)
class Sample:
    """A value of one series at one time."""

    labels: Labels
    value: float


@dataclass(frozen=True)
class Target:
    """A port of a pod that is read."""

    labels: Labels
    url: str
    health: str
    """``up``, ``down``, or ``unknown`` before it is read for the first time."""
    last_error: str
    """Empty if there is none."""


@dataclass(frozen=True)
class Rule:
    """An alert or a recording rule."""

    group: str
    name: str
    health: str
    """``ok``, ``err``, or ``unknown`` before it is evaluated for the first time."""
    last_error: str
    """Empty if there is none."""


@dataclass(frozen=True)
class Prometheus:
    """The API at a base URL; its calls raise LocalError with Prometheus' complaint."""

    url: str
    session: aiohttp.ClientSession

    async def query(self, expression: str, at: datetime | None = None) -> list[Sample]:
        """Return the samples of an expression now, or as they were at a time; a single number has no labels."""
        parameters = [("query", expression), *([] if at is None else [("time", str(at.timestamp()))])]
        answer = await self._get("query", parameters)
        kind, result = answer["resultType"], answer["result"]
        if kind == "scalar":
            return [Sample({}, float(result[1]))]
        if kind != "vector":
            raise LocalError(f"{expression} is a {kind}, and not one value for each series")
        return [Sample(each["metric"], float(each["value"][1])) for each in result]

    async def series(self, *selectors: str) -> list[Labels]:
        """Return the labels, with the name among them, of all series that any of the selectors finds."""
        found: list[Labels] = await self._get("series", [("match[]", each) for each in selectors])
        return found

    async def targets(self) -> list[Target]:
        """Return what is read."""
        answer = await self._get("targets", [("state", "active")])
        return [
            Target(each["labels"], each["scrapeUrl"], each["health"], each["lastError"])
            for each in answer["activeTargets"]
        ]

    async def rules(self) -> list[Rule]:
        """Return all rules that are loaded."""
        answer = await self._get("rules", [])
        return [
            Rule(group["name"], each["name"], each["health"], each.get("lastError", ""))
            for group in answer["groups"]
            for each in group["rules"]
        ]

    async def _get(self, path: str, parameters: Sequence[tuple[str, str]]) -> Any:
        url = f"{self.url}/api/v1/{path}"
        said = " ".join(value for _, value in parameters)
        try:
            async with self.session.get(url, params=parameters, timeout=_TIMES) as answer:
                # Complaints are JSON, too; a proxy in between answers with something else.
                document = await answer.json() if answer.content_type == "application/json" else {}
                if document.get("status") != "success":
                    complaint = document.get("error") or f"{answer.status} {answer.reason}"
                    raise LocalError(f"Prometheus, {url} {said}: {complaint}")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise LocalError(f"Prometheus, {url}: {str(error) or type(error).__name__}") from error
        return document["data"]
