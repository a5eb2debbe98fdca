"""What one look of the doctor's found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """What one look found.

    Args:
        name: What was looked at.
        good: Whether it is as it should be.
        message: What it is.
        fix: What to do, where it is not.
    """

    name: str
    good: bool
    message: str
    fix: str = ""
