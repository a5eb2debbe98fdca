"""`regenerate`: costs nothing by itself, and lets the next run buy each image once more."""

from decimal import Decimal

import pytest

from asset_pipeline.results import Failed
from asset_pipeline_tests.support.specs import spec_of

PRICE = Decimal("0.04")
LANTERN, COMPASS = "test.icons.lantern", "test.icons.compass"
STATES = "SELECT image_key, state FROM images ORDER BY position"


@pytest.fixture
def made(house):
    """A house whose two images are made."""
    house.want(spec_of(2))
    house.make_all()
    return house


def test_an_image_is_wanted_anew_for_nothing_and_the_next_run_buys_it_once_with_its_prompt_as_it_is(made, cli):
    file = made.project.images()[LANTERN]
    before = file.read_bytes()
    spent, asked = made.spent, made.bought("openrouter")
    ran = cli("regenerate", LANTERN)
    assert ran.code == 0
    assert f"{LANTERN}: take 2 is made by the next run; its file stays until then\n" in ran.out
    assert "This costs about $0.04, and $0.04 at the most." in ran.out
    assert made.project.rows(STATES) == [(LANTERN, "missing"), (COMPASS, "done")]
    assert made.project.rows("SELECT image_key, decision, note FROM reviews") == [(LANTERN, "regenerate", None)]
    assert made.spent == spent
    assert file.read_bytes() == before

    delivered = made.make_all()
    assert {key: one.cost_usd for key, one in delivered.items()} == {LANTERN: PRICE, COMPASS: 0}
    assert (made.spent, made.bought("openrouter")) == (spent + PRICE, asked)
    assert made.bought("replicate") == 3
    assert made.project.rows(STATES) == [(LANTERN, "done"), (COMPASS, "done")]
    assert {one.cost_usd for one in made.make_all().values()} == {0}


def test_what_is_to_change_is_told_to_writers_and_judge_who_compete_anew(made, cli):
    asked = made.bought("openrouter")
    ran = cli("regenerate", LANTERN, "--note", "fewer  lines")
    assert ran.code == 0
    assert made.project.rows("SELECT image_key, decision, note FROM reviews") == [
        (LANTERN, "regenerate", "fewer  lines")
    ]
    made.make_all()
    assert made.bought("replicate") == 3
    told = made.project.rows("SELECT kind, count(*) FROM calls WHERE request LIKE '%<note>%fewer lines%' GROUP BY kind")
    assert dict(told) == {"writer": 2, "judge": 1}
    assert made.bought("openrouter") == asked + 3
    assert {one.cost_usd for one in made.make_all().values()} == {0}


def test_the_plan_has_the_price_of_the_new_take_and_of_nothing_else(made, cli):
    assert cli("plan", "--json").json["total"]["worst_usd"] == "0.00"
    assert cli("regenerate", LANTERN).code == 0
    assert cli("plan", "--json").json["total"]["worst_usd"] == "0.04"


def test_an_image_that_is_wanted_anew_twice_before_a_run_is_bought_once(made, cli):
    assert "take 2" in cli("regenerate", LANTERN).out
    assert "take 3" in cli("regenerate", LANTERN).out
    made.make_all()
    assert made.bought("replicate") == 3


def test_several_images_are_wanted_anew_together(made, cli):
    assert cli("regenerate", LANTERN, COMPASS).out.count("take 2 is made by the next run") == 2
    made.make_all()
    assert made.bought("replicate") == 4


def test_an_image_that_was_paid_and_lost_is_bought_again(house, sandbox, cli):
    house.want(spec_of(1))
    sandbox.script({"fault": "no_output", "on": "predictions"})
    assert house.make_one().is_lost
    (told,) = cli("plan", "--json").json["problems"].items()
    assert told == (LANTERN, f"it was paid for and is lost; to buy it again: asset-pipeline regenerate {LANTERN}")
    assert isinstance(house.make_one(), Failed)
    assert house.bought("replicate") == 1
    assert cli("regenerate", LANTERN).code == 0
    assert cli("plan", "--json").json["problems"] == {}
    house.make_all()
    assert house.bought("replicate") == 2
    assert house.project.rows("SELECT sum(cost_usd) FROM calls WHERE kind = 'image'") == [(2 * PRICE,)]


def test_where_one_key_is_unknown_none_is_wanted_anew(made, cli):
    ran = cli("regenerate", LANTERN, "test.icons.nobody")
    assert ran.code == 2
    assert "test.icons.nobody: not in the catalog" in ran.err
    assert LANTERN not in ran.err
    assert made.project.rows("SELECT count(*) FROM reviews") == [(0,)]
    assert made.project.rows(STATES) == [(LANTERN, "done"), (COMPASS, "done")]
