"""Progress: a bar on a terminal, a line every few seconds elsewhere; always on standard error."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from ops.terminal import console, write_note

_EVERY = 5.0
"""Seconds between two lines."""


class Progress:
    """Shows counters as they grow: call it with all of them, as often as they change.

    `shown` names the counters to show; the first of them is what there is to do, as far as is known, the
    second what of it is done. Where the first `ends`, being known from the beginning, a terminal also shows
    how much longer it takes.
    """

    def __init__(
        self,
        title: str,
        shown: Sequence[str],
        now: Callable[[], float] = time.monotonic,
        *,
        ends: bool = False,
    ) -> None:
        self._title, self._shown, self._now = title, shown, now
        self._begun = self._told = now()
        self._counters: Mapping[str, int] = {}
        self._task: TaskID | None = None
        self._bar = _bar(ends=ends) if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        if self._bar:
            self._task = self._bar.add_task(self._title, total=None, counts="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()
        elif self._counters and error is None:  # else the error's line is the last
            write_note(self._line())

    def __call__(self, counters: Mapping[str, int]) -> None:
        """Show these counters from now on."""
        self._counters = counters
        if self._bar and self._task is not None:
            todo, done = (counters.get(name, 0) for name in self._shown[:2])
            self._bar.update(self._task, total=todo or None, completed=done, counts=self._counts())
        elif not self._bar and self._now() - self._told >= _EVERY:
            self._told = self._now()
            write_note(self._line())

    def _line(self) -> str:
        return f"{self._title}: {self._counts()}"

    def _counts(self) -> str:
        counts = [f"{self._counters.get(name, 0)} {name}" for name in self._shown]
        return f"{', '.join(counts)}, {self._rate():.0f}/s"

    def _rate(self) -> float:
        return self._counters.get(self._shown[1], 0) / max(self._now() - self._begun, 0.001)


def _bar(*, ends: bool) -> Bar:
    remaining = (TextColumn("still"), TimeRemainingColumn()) if ends else ()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[counts]}", markup=False),
        TimeElapsedColumn(),
        *remaining,
    )
    return Bar(*columns, console=console(stderr=True), transient=True)
