"""Numbers as providers write them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

# No answer costs that much; whatever says so is not believed, and could not be booked.
MOST_USD = Decimal(1_000_000)


def number(value: object) -> Decimal | None:
    """Return a finite number that is not negative, or None; recorded metrics hold negative times and text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        parsed = Decimal(str(value))
    except InvalidOperation:
        return None
    return parsed if parsed.is_finite() and parsed >= 0 else None
