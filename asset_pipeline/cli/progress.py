"""How far a run is: one live line on a terminal, one line per image elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as RichProgress

from asset_pipeline.cli.output import console, say


class Progress:
    """Tells how far a run is.

    Args:
        total: Images to make.
        spent: Spent before, in USD, for display.
        limit: What may be spent, in USD, for display.
        quiet: Say nothing.
    """

    def __init__(self, total: int, *, spent: float, limit: float, quiet: bool) -> None:
        self._total = total
        self._spent = spent
        self._limit = limit
        self._quiet = quiet
        self._started = time.monotonic()
        self._count: Counter[str] = Counter()
        self._live: RichProgress | None = None
        if console.is_terminal and not quiet:
            self._live = RichProgress(
                TextColumn("images"),
                BarColumn(bar_width=30),
                MofNCompleteColumn(),
                TextColumn("{task.description}"),
                console=console,
                transient=True,
            )
            self._task = self._live.add_task("", total=total)

    def __enter__(self) -> Progress:
        if self._live:
            self._live.start()
            self._refresh()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def spend(self, cost: float) -> None:
        """Count money."""
        self._spent += cost
        self._refresh()

    def land(self, key: str, state: str, reason: str, cost: float) -> None:
        """Count an image that has come to its end."""
        self._count[state] += 1
        if self._live:
            self._refresh()
        elif not self._quiet:
            number = sum(self._count.values())
            said = f"${cost:.4f}" if state == "done" else reason.partition(": ")[0] if state == "held" else reason
            say(f"[{number}/{self._total}] {state:6} {key}  {said}")

    def alert(self, text: str) -> None:
        """Say something about a budget, above the live line."""
        if self._live:
            self._live.console.print(text, markup=False, style="yellow")
        elif not self._quiet:
            say(text)

    def _refresh(self) -> None:
        if not self._live:
            return
        landed = sum(self._count.values())
        words = [
            f"{self._count['done']} done",
            f"{self._count['failed']} failed",
            f"{self._count['held']} held",
        ]
        text = f"{' / '.join(words)} · ${self._spent:.2f} of ${self._limit:.2f}"
        if landed and landed < self._total:
            left_s = (time.monotonic() - self._started) / landed * (self._total - landed)
            text += f" · {_clock(left_s)} left"
        self._live.update(self._task, completed=landed, description=text)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
