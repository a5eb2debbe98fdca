"""How commands print: for people on a terminal, plain elsewhere, JSON where asked for."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from asset_pipeline.redaction import redact, redact_tree, without_known

# As a shell reports a process that Ctrl-C has ended.
INTERRUPTED = 130

# Wide enough for any table: nothing is folded to fit a terminal where there is none.
UNFOLDED = 10_000


class PatientConsole(Console):
    """Goes on in silence when whoever read the output has had enough: paid work must not break off for that."""

    def on_broken_pipe(self) -> None:
        """Throw away what is still to be printed."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


console = PatientConsole(highlight=False, soft_wrap=True)
errors = PatientConsole(stderr=True, highlight=False, soft_wrap=True)


def say(text: str = "") -> None:
    """Print a line for people."""
    console.print(redact(text), markup=False)


def complain(text: str) -> None:
    """Print a line about something that is wrong."""
    errors.print(redact(text), markup=False)


def say_json(value: Any) -> None:  # noqa: ANN401 - anything that is JSON
    """Print a value for programs; nothing else goes to standard output then."""
    text = without_known(json.dumps(redact_tree(value), indent=2, ensure_ascii=False, default=str))
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        console.on_broken_pipe()


def say_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print a table.

    Args:
        columns: Headings.
        rows: Cells, as text.
        right: Columns with numbers, which are aligned at the right.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for index, name in enumerate(columns):
        table.add_column(name, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(redact(cell) for cell in row))
    if not console.is_terminal:
        console.width = UNFOLDED
    console.print(table)
