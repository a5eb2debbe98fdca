"""How commands print: for people on a terminal, plain elsewhere, JSON where asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

# As a shell reports a process that Ctrl-C has ended.
INTERRUPTED = 130

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str = "") -> None:
    """Print a line for people."""
    console.print(text, markup=False)


def complain(text: str) -> None:
    """Print a line about something that is wrong."""
    errors.print(text, markup=False)


def say_json(value: Any) -> None:  # noqa: ANN401 - anything that is JSON
    """Print a value for programs; nothing else goes to standard output then."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write("\n")


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
        table.add_row(*row)
    console.print(table)
