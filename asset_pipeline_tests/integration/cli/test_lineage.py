"""`status KEY`: every call that an image cost, losers, judge and failures included, and nothing else."""

from decimal import Decimal

import pytest

from asset_pipeline.ledger.money import show
from asset_pipeline.results import Failed, Waiting
from asset_pipeline_tests.support.specs import spec_of

PRICE = Decimal("0.04")
LANTERN, COMPASS = "test.icons.lantern", "test.icons.compass"
VIEW = "SELECT cost_usd, held_usd FROM images WHERE image_key = '{}'"


@pytest.fixture
def troubled(house, sandbox):
    """A house of two images: the lantern's first picture failed and its second was lost, the compass was made."""
    house.want(spec_of(2))
    sandbox.script(*({"fault": fault, "on": "predictions", "contains": "lantern"} for fault in ("failed", "no_output")))
    for _ in range(2):
        results = {key: one.payload for (key, _), one in house.make().items()}
        assert isinstance(results[LANTERN], Failed)
    return house


def totals(told):
    """Return what an image's calls add up to: spent and held."""
    return tuple(sum(Decimal(call[name]) for call in told["calls"]) for name in ("cost_usd", "held_usd"))


def test_all_calls_of_an_image_are_there_oldest_first_and_add_up_to_what_it_cost(troubled, cli):
    (told,) = cli("status", LANTERN, "--json").json
    assert (told["image_key"], told["state"], told["path"]) == (LANTERN, "lost", None)
    assert "it delivered nothing" in told["reason"]
    made = [(call["kind"], call["state"], call["outcome"]) for call in told["calls"]]
    assert made == [
        ("writer", "settled", "succeeded"),
        ("writer", "settled", "succeeded"),
        ("judge", "settled", "succeeded"),
        ("image", "settled", "failed"),
        ("image", "settled", "lost"),
    ]
    *_, failed, lost = told["calls"]
    assert (failed["cost_usd"], lost["cost_usd"], lost["held_usd"]) == ("0.00", "0.04", "0.00")
    assert failed["reason"].startswith("Director: unexpected error")
    assert lost["reason"] == "it delivered nothing"
    assert all(call["provider_call_id"] and call["created_at"].endswith("Z") for call in told["calls"])
    assert [totals(told)] == troubled.project.rows(VIEW.format(LANTERN))
    assert (Decimal(told["cost_usd"]), Decimal(told["held_usd"])) == totals(told)


def test_the_calls_of_all_images_add_up_to_all_that_was_spent(troubled, cli):
    told = cli("status", COMPASS, LANTERN, "--json").json
    assert [one["image_key"] for one in told] == [COMPASS, LANTERN]
    assert sum(totals(one)[0] for one in told) == troubled.spent
    calls = [call["call_id"] for one in told for call in one["calls"]]
    assert sorted(calls) == sorted(row[0] for row in troubled.project.rows("SELECT call_id FROM calls"))


def test_in_text_each_call_has_a_line_and_the_last_one_adds_them_up(troubled, cli):
    ran = cli("status", LANTERN)
    assert ran.code == 0
    head, names, *lines = ran.out.splitlines()
    assert head.startswith(f"{LANTERN}  lost  (prediction ")
    assert names.split() == ["call", "model", "became", "cost", "held", "remark"]
    assert [line.split()[0] for line in lines] == ["writer", "writer", "judge", "image", "image", "all"]
    ((cost, held),) = troubled.project.rows(VIEW.format(LANTERN))
    assert lines[-1].split() == ["all", "5", "calls", show(cost), show(held)]
    assert lines[-2].split()[2:5] == ["lost", "$0.04", "$0.00"]
    assert COMPASS not in ran.out


def test_what_is_still_held_for_an_image_is_told_beside_what_it_cost(house, sandbox, cli):
    house.want(spec_of(1))
    sandbox.script({"fault": "lost_answer", "on": "predictions"})
    assert isinstance(house.make_one(), Waiting)
    (told,) = cli("status", LANTERN, "--json").json
    unknown = told["calls"][-1]
    assert (unknown["state"], unknown["outcome"], unknown["held_usd"]) == ("unknown", None, "0.04")
    assert [totals(told)] == house.project.rows(VIEW.format(LANTERN))
    assert totals(told)[1] == PRICE
    assert cli("status", LANTERN).out.splitlines()[-2].split()[2:5] == ["unknown", "$0.00", "$0.04"]


def test_the_version_that_made_a_picture_is_told_beside_its_model(house, cli):
    house.want(spec_of(1))
    house.make_all()
    (told,) = cli("status", LANTERN, "--json").json
    assert [call["model_version"] for call in told["calls"]] == [None, None, None, "hidden"]
    assert "recraft-ai/recraft-v3 (hidden)  succeeded" in cli("status", LANTERN).out


def test_an_image_that_nothing_was_bought_for_has_no_calls_and_cost_nothing(house, cli):
    house.want(spec_of(1))
    (told,) = cli("status", LANTERN, "--json").json
    assert (told["state"], told["calls"], told["cost_usd"], told["held_usd"]) == ("missing", [], "0.00", "0.00")
    assert cli("status", LANTERN).out.splitlines()[-1].split() == ["all", "0", "calls", "$0.00", "$0.00"]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_key_that_is_not_known_is_refused_by_name(troubled, cli, options):
    ran = cli("status", LANTERN, "test.icons.nobody", *options)
    assert (ran.code, ran.out) == (2, "")
    assert "test.icons.nobody: not in the catalog" in ran.err
    assert LANTERN not in ran.err


def test_in_an_untouched_project_no_key_is_known(cli):
    ran = cli("status", LANTERN)
    assert ran.code == 2
    assert f"{LANTERN}: not in the catalog" in ran.err
