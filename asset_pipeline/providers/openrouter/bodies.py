"""Reads JSON that may hold anything: what is not what it should be counts as absent."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from asset_pipeline.providers.numbers import MOST_USD, number


def mapping(value: object) -> Mapping[str, Any]:
    """Return a mapping as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Mapping[str, Any]]:
    """Return the mappings in a list; none where it is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def amount(value: object, bill: Mapping[str, Any]) -> Decimal | None:
    """Return an amount on a bill; None where it cannot be read, or is not all, as another key paid upstream (BYOK)."""
    said = None if bill.get("is_byok") else number(value)
    return said if said is None or said <= MOST_USD else None
