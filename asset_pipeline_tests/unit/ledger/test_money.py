"""Money: exact, never a float, and rounded only to the safe side."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.ledger.money import brief, plain, show, up_to_cent, usd, worst

AMOUNTS = st.decimals(min_value=0, max_value=1000, places=15)
NINE_DIGITS = st.decimals(min_value=0, max_value=1000, places=9)


def test_a_float_is_no_money():
    with pytest.raises(TypeError, match="is a float"):
        usd(0.04)


@pytest.mark.parametrize("value", ["", "four", "NaN", "Infinity", "-inf", None, "1,5"])
def test_what_is_no_finite_number_is_no_amount(value):
    with pytest.raises(ValueError, match="is not an amount"):
        usd(value)


@pytest.mark.parametrize(
    ("value", "amount"),
    [("0.04", "0.04"), (3, "3"), ("1e-9", "0.000000001"), ("0.0000000005", "0.000000001"), (Decimal("0.1"), "0.1")],
)
def test_an_amount_has_nine_digits(value, amount):
    assert usd(value) == Decimal(amount)
    assert usd(value).as_tuple().exponent == -9


@given(AMOUNTS)
def test_a_worst_case_is_never_below_what_it_stands_for(amount):
    assert 0 <= worst(amount) - amount < Decimal("0.000000001")


@given(AMOUNTS)
def test_a_limit_is_proposed_in_whole_cents_and_never_too_small(amount):
    assert 0 <= up_to_cent(amount) - amount < Decimal("0.01")
    assert up_to_cent(amount) * 100 % 1 == 0


@given(NINE_DIGITS)
def test_no_digit_is_lost_on_the_way_to_text_and_back(amount):
    assert usd(plain(amount)) == amount
    assert "E" not in plain(amount)


@pytest.mark.parametrize(
    ("amount", "full", "short"),
    [
        ("0", "$0.00", "$0.00"),
        ("2.5", "$2.50", "$2.50"),
        ("0.003", "$0.003", "$0.003"),
        ("0.000000001", "$0.000000001", "$0.0001"),
        ("12.34567", "$12.34567", "$12.3457"),
    ],
)
def test_people_see_at_least_cents_and_never_less_than_it_is(amount, full, short):
    assert show(Decimal(amount)) == full
    assert brief(Decimal(amount)) == short
