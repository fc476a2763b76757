"""An event loop whose time passes only when everything waits, so that an expired lease costs no test a second."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class EverythingWaitsError(AssertionError):
    """No task can ever go on."""


class _Skipping(selectors.SelectSelector):
    """Waits for nothing, and tells the loop how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise EverythingWaitsError
        self.passed += max(0.0, timeout)
        return super().select(0)


class _AtOnce(ThreadPoolExecutor):
    """Does in place what would go to a thread, which no simulated time waits for."""

    def submit(self, work: Callable[P, T], /, *arguments: P.args, **options: P.kwargs) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(work(*arguments, **options))
        except Exception as error:
            done.set_exception(error)
        return done


class SimulatedTimeLoop(asyncio.SelectorEventLoop):
    """The loop; its time begins at 0."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)
        self.set_default_executor(_AtOnce())

    def time(self) -> float:
        return self._skipping.passed


def simulated(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a simulation to its end and return its result."""
    with asyncio.Runner(loop_factory=SimulatedTimeLoop) as runner:
        return runner.run(main())
