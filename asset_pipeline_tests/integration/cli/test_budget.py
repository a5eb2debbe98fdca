"""`budget`, and what a limit does to a run: it stops it, says how to go on, and can be changed while it goes."""

from decimal import Decimal

import pytest

from asset_pipeline_tests.integration.cli.waiting import ended, pictures, until
from asset_pipeline_tests.support.specs import spec_of

USABLE = Decimal("0.10") * Decimal("0.95")
NOTHING_ELSE = {"failed": 0, "held": 0, "waiting": 0, "rejected": 0}


def highest(project):
    """Return the most that was ever held and spent together."""
    rows = project.rows(
        "SELECT max(total) FROM (SELECT sum(held_usd + cost_usd) OVER (ORDER BY entry_id) AS total FROM ledger)"
    )
    return rows[0][0]


def test_a_limit_stops_a_run_says_how_to_go_on_and_the_rest_is_made_once_it_is_raised(served_project, sandbox, run_in):
    served_project.spec(spec_of(20))
    served_project.set(budget__total_usd="0.10", prompts__rejudge_margin="0")
    stopped = run_in(served_project, "run")
    assert stopped.code == 4, stopped.err
    made = len(served_project.images())
    assert made == 2, "two pictures at $0.04 with their prompts fit under ten cents"
    assert f"{made} of 20 images are finished" in stopped.out
    assert "budget 'total': limit $0.10 ($0.095 usable, $0.005 safety margin), spent $0.08" in stopped.out
    assert "held $0.00" in stopped.out
    assert "needs up to $0.04" in stopped.out
    assert "asset-pipeline budget set total 0.1" in stopped.out
    assert 0 < highest(served_project) <= USABLE
    assert sandbox.total() <= USABLE

    assert run_in(served_project, "budget", "set", "total", "5").code == 0
    finished = run_in(served_project, "run", "--json")
    assert finished.code == 0, finished.err
    assert finished.json["images"] == {"total": 20, "up_to_date": 2, "done": 18} | NOTHING_ELSE
    assert len(served_project.images()) == 20
    assert len(pictures(sandbox)) == 20
    assert served_project.rows("SELECT sum(cost_usd), sum(held_usd) FROM calls") == [(sandbox.total(), 0)]


def test_the_limit_that_a_refusal_names_lets_one_more_image_pass(served_project, run_in):
    served_project.spec(spec_of(5))
    served_project.set(budget__total_usd="0.10")
    said = run_in(served_project, "run").out
    advice = said.partition("asset-pipeline budget set total ")[2].split()[0]
    before = len(served_project.images())
    assert run_in(served_project, "budget", "set", "total", advice).code == 0
    assert run_in(served_project, "run").code == 4
    assert len(served_project.images()) == before + 1


@pytest.mark.parametrize("scope", ["total", "day", "sample", "production", "provider:replicate", "collection:test"])
def test_a_limit_that_was_set_is_shown_and_stays(cli, scope):
    assert cli("budget", "set", scope, "2.50").out == f"{scope}: limit $2.50, of which $2.375 is free\n"
    assert cli("budget", "show", "--json").json[scope] == {
        "limit": "2.50",
        "usable": "2.375",
        "spent": "0.00",
        "held": "0.00",
        "free": "2.375",
    }


def test_a_refused_limit_changes_nothing(cli):
    before = cli("budget", "show").out
    for amount in ("0", "100", "rubbish", "-5"):
        assert cli("budget", "set", "total", "--", amount).code == 2
    assert cli("budget", "show").out == before


def test_a_limit_under_a_collection_stops_that_collection_alone(served_project, run_in):
    served_project.spec(spec_of(1, collection="poor"), "poor.yaml")
    served_project.spec(spec_of(1, collection="rich").replace("engraved", "woodcut"), "rich.yaml")
    assert run_in(served_project, "budget", "set", "collection:poor", "0.01").code == 0
    ran = run_in(served_project, "run", "--json")
    assert ran.code == 4
    assert list(ran.json["held"]) == ["poor.icons.lantern"]
    assert "collection:poor" in ran.json["held"]["poor.icons.lantern"]
    assert list(served_project.images()) == ["rich.icons.lantern"]


def test_a_raised_limit_reaches_a_run_in_progress(project, slow, run_in, start):
    project.spec(spec_of(6))
    project.set(budget__total_usd="0.10")
    running = start("run")
    until(slow.invoice, running)
    assert run_in(project, "budget", "set", "total", "5").code == 0
    code, out = ended(running)
    assert code == 0, out
    assert "6 of 6 images are finished" in out


def test_a_lowered_limit_reaches_a_run_in_progress(project, slow, run_in, start):
    project.spec(spec_of(12))
    project.set(images__in_flight=1)
    running = start("run")
    until(lambda: pictures(slow), running)
    assert run_in(project, "budget", "set", "total", "0.10").code == 0
    code, out = ended(running)
    assert code == 4, out
    assert slow.total() <= USABLE
    assert "limit $0.10" in out
