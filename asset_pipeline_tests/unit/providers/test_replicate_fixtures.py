"""Answers written from the documented shapes, one file each: every one is read, and leads to the state it should.

Each file says whether its shape was ever recorded, or is only documented. They stand in for the recorded answers, which
are not part of this repository.
"""

import json
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import respx

from asset_pipeline.ledger import Price
from asset_pipeline.providers.http import parse_json
from asset_pipeline.providers.prediction import parse_prediction, parse_time
from asset_pipeline.providers.prices import actual_usd
from asset_pipeline_tests.unit.providers.support import REPLICATE, replicate, run

FOLDER = Path(__file__).parents[2] / "fixtures" / "replicate"
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
SHAPES = {"documented and recorded elsewhere", "documented, never recorded"}
LIST = "list-page"
STATES = [pytest.param(file, id=name) for name, file in FILES.items() if name != LIST]
PRICES = {"cost_usd": {"image": "0.04"}, "seconds_usd": {"second": "0.001"}}
WORST_USD = Decimal("0.05")


def raw_of(file):
    """Return an answer as it came."""
    return file["raw"].encode() if "raw" in file else json.dumps(file["body"]).encode()


@pytest.mark.parametrize("file", STATES)
def test_each_answer_leads_to_its_state(file):
    raw = raw_of(file)
    got = parse_prediction(parse_json(raw))
    for name, value in file["state"].items():
        if name in PRICES:
            price = Price("one", PRICES[name], "2026-01-01", "a test")
            cost, remark = actual_usd(price, got.metrics, worst_usd=WORST_USD)
            assert (cost, remark is not None) == (Decimal(value), cost == WORST_USD), name
        elif name == "output_urls":
            assert got.output_urls() == value
        elif name == "created_at":
            assert parse_time(json.loads(raw)["created_at"]).isoformat() == value
        else:
            assert getattr(got, name) == value, name


@pytest.mark.parametrize("file", [pytest.param(file, id=name) for name, file in FILES.items()])
def test_each_file_says_what_it_shows_and_whether_that_was_ever_recorded(file):
    assert file["about"].endswith(".")
    assert file["shape"] in SHAPES


@pytest.mark.parametrize("name", ["aborted", "data-removed", LIST, "webhook-echo"])
def test_what_nobody_has_recorded_is_marked_as_such(name):
    assert FILES[name]["shape"] == "documented, never recorded"


@respx.mock
def test_a_page_of_the_list_is_read_and_the_next_one_is_asked_for_at_its_address():
    body = FILES[LIST]["body"]
    respx.get(f"{REPLICATE}/predictions", params={"cursor": "cD0yMDI2LTA1LTAx"}).respond(json={"results": []})
    respx.get(f"{REPLICATE}/predictions", params={"created_after": "2026-05-01T12:00:00Z"}).mock(
        return_value=httpx.Response(200, json=body)
    )

    async def main():
        async with replicate() as client:
            return [one async for one in client.created_since(parse_time("2026-05-01T12:00:00Z"))]

    found = run(main())
    assert [prediction.id for prediction, _ in found] == ["newest", "oldest"]
    assert all(given["prompt"] == "a brass compass" for _, given in found)


def test_the_drift_of_one_predictions_times_is_smaller_than_the_margin_of_the_search_for_it():
    """Created at 08.360785142, and later at 08.394251: neither equal nor in order with anything."""
    first, later = (parse_time(FILES[name]["body"]["created_at"]) for name in ("nine-digits", "later-created-at"))
    assert first != later
    assert abs((later - first).total_seconds()) < 1
