"""A refusal: what it says, and that the limit it names is the smallest that lets the call pass."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.ledger import Refused

CENT = Decimal("0.01")


def refused(limit, margin, spent, held, needed, scope="total"):
    """Return a refusal."""
    limit = Decimal(limit)
    usable = limit * (1 - Decimal(margin))
    return Refused(scope, limit, usable, Decimal(spent), Decimal(held), Decimal(needed))


@given(
    limit=st.decimals("0.01", "99.99", places=2),
    margin=st.decimals("0", "0.99", places=4),
    spent=st.decimals("0", "150", places=9),
    held=st.decimals("0", "99", places=9),
    missing=st.decimals("0.000000001", "99", places=9),
)
def test_the_limit_that_a_refusal_names_is_the_smallest_in_cents_under_which_the_call_fits(
    limit, margin, spent, held, missing
):
    needed = max(limit * (1 - margin) - spent - held, 0) + missing
    one = refused(limit, margin, spent, held, needed)
    passing = one.passing_limit_usd
    assert passing * (1 - margin) >= spent + held + needed
    assert (passing - CENT) * (1 - margin) < spent + held + needed
    assert passing > limit


@pytest.mark.parametrize(
    ("scope", "named"), [("total", "total"), ("day:2026-07-01", "day"), ("collection:estate", "collection:estate")]
)
def test_a_refusal_says_scope_limit_spent_held_needed_and_the_command_that_lets_it_pass(scope, named):
    assert refused("1.00", "0.05", "0.5", "0.43", "0.0251", scope).message == (
        f"budget '{named}': limit $1.00 ($0.95 usable, $0.05 safety margin), spent $0.50, held $0.43;"
        f" this call needs up to $0.0251. To let it pass: asset-pipeline budget set {named} 1.01"
    )


def test_a_refusal_proposes_no_limit_that_is_not_allowed():
    message = refused("99", "0.05", "94", "0", "1").message
    assert "It would take a limit of $100.00, and $100.00 is the most there can be" in message
    assert "budget set" not in message
