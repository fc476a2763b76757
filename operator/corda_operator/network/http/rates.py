"""How often an address may ask for what costs much: a token bucket for each."""

import time
from collections import OrderedDict
from collections.abc import Callable

_ADDRESSES = 4096
_BURST_SECONDS = 10


class Allowance:
    """Buckets of the addresses that asked last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, rate: float) -> bool:
        """Tell whether an address may ask now, at a rate per second; ten seconds' worth may come at once."""
        now, most = self._clock(), rate * _BURST_SECONDS
        tokens, since = self._buckets.pop(address, (most, now))
        tokens = min(most, tokens + (now - since) * rate)
        spare = tokens >= 1
        self._buckets[address] = (tokens - 1 if spare else tokens, now)
        if len(self._buckets) > _ADDRESSES:
            self._buckets.popitem(last=False)
        return spare
