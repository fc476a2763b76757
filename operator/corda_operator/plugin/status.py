"""``kubectl corda status``: one look, or one after the other."""

import argparse
import datetime
import time
from collections.abc import Callable, Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from corda_operator.plugin.cluster import look
from corda_operator.plugin.document import as_json
from corda_operator.plugin.drawing import BAD, QUIET, console, said
from corda_operator.plugin.errors import PluginError
from corda_operator.plugin.kubectl import Kubectl
from corda_operator.plugin.model import Overview
from corda_operator.plugin.tree import drawn

Look = tuple[Overview, PluginError | None]
"""What was seen last, and why it could not be seen anew."""


def status(options: argparse.Namespace, kubectl: Kubectl) -> int:
    """Show it, and return the exit code."""

    def seen() -> Overview:
        return look(kubectl, options.consortium, all_namespaces=options.all_namespaces)

    out = console()
    seconds = options.wait if options.wait is not None or options.watch else 0.0
    looks = _looks(seen, options.interval, seconds)
    if options.watch and options.output is None:
        found = _drawn_live(looks, out) if out.is_terminal else _printed_when_changed(looks, out)
    else:
        *_, (found, _) = looks
        if options.output == "json":
            print(as_json(found))
        else:
            out.print(_picture(found))
    strict = options.exit_code or options.wait is not None
    return 1 if strict and not found.ready else 0


def _looks(seen: Callable[[], Overview], interval: float, seconds: float | None) -> Iterator[Look]:
    """Look until all is ready or so many seconds have passed; None: for ever. The first look may raise PluginError."""
    deadline = None if seconds is None else time.monotonic() + seconds
    found = seen()
    yield found, None
    while deadline is None or not found.ready:
        left = interval if deadline is None else min(interval, deadline - time.monotonic())
        if left <= 0:
            return
        time.sleep(left)
        try:
            found = seen()
            yield found, None
        except PluginError as error:
            # A laptop that loses its connection for a moment should not lose its picture.
            yield found, error


def _drawn_live(looks: Iterable[Look], out: Console) -> Overview:
    found = Overview(())
    with Live(console=out, auto_refresh=False, vertical_overflow="ellipsis") as live:
        try:
            for found, error in looks:
                now = datetime.datetime.now().astimezone()
                below = said(f"{error}", BAD) if error else Text(f"{now:%H:%M:%S}, Ctrl-C ends", QUIET)
                live.update(Group(_picture(found), below), refresh=True)
        except KeyboardInterrupt:
            pass
        # Without the line below, and whole even if it is longer than the terminal.
        live.update(_picture(found), refresh=True)
    return found


def _printed_when_changed(looks: Iterable[Look], out: Console) -> Overview:
    found = before = None
    try:
        for found, _ in looks:
            if found != before:
                out.print(_picture(found))
                before = found
    except KeyboardInterrupt:
        pass
    return found or Overview(())


def _picture(found: Overview) -> RenderableType:
    if not found.consortia and not found.stray_nodes:
        return Text("There is no Consortium and no CordaNode here. Other namespaces: -n NAME, or -A for all.")
    return drawn(found, datetime.datetime.now(datetime.UTC))
