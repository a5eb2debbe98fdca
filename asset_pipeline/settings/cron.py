"""Times as cron writes them; wrong ones are refused here, as Dagster would only do when it loads its schedules."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

# Minute, hour, day of the month, month, day of the week.
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_NAMES = (
    (),
    (),
    (),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
)
_SHORT = ("@hourly", "@daily", "@weekly", "@monthly", "@yearly")
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>[1-9][0-9]?))?")


def _cron(value: str) -> str:
    fields = value.split()
    if value not in _SHORT and (len(fields) != len(_RANGES) or not all(map(_fits, fields, range(len(_RANGES))))):
        raise ValueError("must be minute, hour, day, month and day of the week as cron has them, such as */15 * * * *")
    return value


def _fits(field: str, place: int) -> bool:
    return all((part := _PART.fullmatch(text)) and _is_in_range(part, place) for text in field.lower().split(","))


def _is_in_range(part: re.Match[str], place: int) -> bool:
    low, high = _RANGES[place]
    ends = [_number(text, place) for text in (part["first"], part["last"]) if text is not None]
    return all(low <= end <= high for end in ends) and ends == sorted(ends)


def _number(text: str, place: int) -> int:
    if text in _NAMES[place]:
        return _NAMES[place].index(text) + _RANGES[place][0]
    return int(text) if text.isascii() and text.isdecimal() else -1


Cron = Annotated[str, AfterValidator(_cron)]
