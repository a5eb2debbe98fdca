"""What an address asks for: what makes no sense is left out, and the rest comes back as it was."""

from decimal import Decimal
from urllib.parse import parse_qsl

import pytest

from asset_pipeline.review.keys import is_image_key
from asset_pipeline.review.reading.filters import Filters, read_filters


def test_an_address_and_its_filters_say_the_same():
    filters = Filters(state="failed", type="letter_headers", decision="waiting", checks="failed",
                      score_from=Decimal("7.5"), cost_to=Decimal("0.04"), sample=True, favourite=True,
                      text='a "b" & c', sort="cost", page=3)  # fmt: skip
    assert read_filters(dict(parse_qsl(filters.query))) == filters


def test_nothing_asked_for_is_an_empty_address():
    assert Filters().query == ""
    assert not Filters(sort="cost", page=2).is_narrow
    assert Filters(sample=True).is_narrow


@pytest.mark.parametrize(
    "given",
    [
        {"state": "'; DROP TABLE store.images --"},
        {"type": "icons' OR 1=1"},
        {"decision": "yes"},
        {"checks": "maybe"},
        {"sort": "random()"},
        {"score_from": "NaN", "score_to": "Infinity", "cost_from": "-1", "cost_to": "lots"},
        {"page": "0"},
        {"page": "-1"},
        {"page": "²"},
        {"page": "9999999999"},
        {"sample": "true"},
        {"text": "   "},
        {"unknown": "1"},
    ],
)
def test_what_makes_no_sense_is_left_out(given):
    assert read_filters(given) == Filters()


def test_a_comma_is_taken_for_a_point_as_people_type_it():
    assert read_filters({"score_from": " 7,5 "}).score_from == Decimal("7.5")


@pytest.mark.parametrize("key", ["test.icons.lantern", "a.letter_headers.b-2", "estate-planning.covers.x"])
def test_what_a_spec_could_have_named_is_a_key(key):
    assert is_image_key(key)


@pytest.mark.parametrize(
    "key",
    [
        *("", "test", "test.icons", "test.icons.", "..", "../../etc/passwd", "test.icons.a/b", "test.icons.a.b"),
        *("Test.icons.a", "test.icons.a\n", "test.icons.a%2fb", "test.icons.a\x00", "-a.icons.b", "test..b"),
        *("a.icons." + "b" * 201, None, 7),
    ],
)
def test_anything_else_is_none(key):
    assert not is_image_key(key)
