"""Money: USD as Decimal with nine digits, as the database keeps it. Never a float."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, InvalidOperation

from asset_pipeline.errors import SettingsError

ZERO = Decimal(0)
_DIGIT = Decimal("0.000000001")
_CENT = Decimal("0.01")
_BRIEF = Decimal("0.0001")


def usd(value: object) -> Decimal:
    """Return an amount with nine digits.

    Args:
        value: A Decimal, an int, or text. A float is refused: it is not the number that was written.

    Raises:
        TypeError: The value is a float.
        ValueError: The value is no finite number.
    """
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float; money is Decimal")
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is not an amount") from None
    if not amount.is_finite():
        raise ValueError(f"{value!r} is not an amount")
    return amount.quantize(_DIGIT, rounding=ROUND_HALF_UP)


def parse_usd(text: str, *, where: str) -> Decimal:
    """Return an amount that a person typed, with or without a dollar sign.

    Raises:
        SettingsError: It is none.
    """
    try:
        return usd(text.strip().removeprefix("$"))
    except ValueError:
        raise SettingsError(
            f"{text!r} is not an amount", where=where, fix="give a number of dollars, such as 2.50"
        ) from None


def worst(value: Decimal) -> Decimal:
    """Return an amount with nine digits, rounded up: a hold is never smaller than what it stands for."""
    return value.quantize(_DIGIT, rounding=ROUND_CEILING)


def up_to_cent(value: Decimal) -> Decimal:
    """Return the next whole cent at or above an amount."""
    return value.quantize(_CENT, rounding=ROUND_CEILING)


def show(value: Decimal) -> str:
    """Return an amount for people: at least cents, and as many digits more as it has."""
    text = f"{value:.9f}".rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"${whole}.{fraction.ljust(2, '0')}"


def brief(value: Decimal) -> str:
    """Return an amount for tables and messages: cents, or a hundredth of a cent where there are such, rounded up."""
    return show(value.quantize(_BRIEF, rounding=ROUND_CEILING))


def plain(value: Decimal) -> str:
    """Return an amount for programs: digits only, no exponent, at least cents."""
    return show(value).removeprefix("$")
