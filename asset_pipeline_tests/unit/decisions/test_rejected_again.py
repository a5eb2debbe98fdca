"""What a person has rejected is not delivered when its spec comes back to it, by whichever way."""

import pytest

from asset_pipeline.decisions import Kind
from asset_pipeline.specs import Catalog, require_specs
from asset_pipeline_tests.unit.decisions.conftest import COMPASS, LANTERN, SPEC

OTHERWISE = SPEC.replace("title: Compass", "title: Compass, description: another one")
STILL = ("rejected", "rejected before, when its spec wanted the same")


@pytest.fixture
def sync(office):
    """Let the spec say something else, and take it over."""
    path = office.opened.paths.specs / "spec.yaml"

    def change(text):
        path.write_text(text)
        Catalog(office.database).sync(require_specs([path], root=office.opened.root, max_file_mb=2))

    return change


def test_what_is_rejected_stays_so_while_its_spec_is_away_for_a_moment(office, sync):
    office.decide(Kind.REJECT, LANTERN)
    Catalog(office.database).retire_collections(["test"])
    sync(SPEC)
    assert office.image(LANTERN)[:2] == STILL
    assert office.image(COMPASS)[0] == "missing"


def test_what_is_rejected_is_so_again_when_an_edit_of_its_spec_is_taken_back(office, sync):
    office.decide(Kind.REJECT, COMPASS)
    sync(OTHERWISE)
    assert office.image(COMPASS)[:2] == ("missing", None), "what is wanted otherwise is another picture"
    sync(SPEC)
    assert office.image(COMPASS)[:2] == STILL
    assert office.deliver(COMPASS) is False


def test_a_word_on_what_the_spec_wanted_in_between_does_not_take_back_what_was_said_of_this(office, sync):
    office.decide(Kind.REJECT, COMPASS)
    sync(OTHERWISE)
    office.deliver(COMPASS, "otherwise")
    office.decide(Kind.APPROVE, COMPASS)
    sync(SPEC)
    assert office.image(COMPASS)[:2] == STILL
    sync(OTHERWISE)
    assert office.image(COMPASS)[:2] == ("missing", None)


def test_what_was_rejected_under_another_spec_is_not_rejected_when_it_was_away(office, sync):
    office.decide(Kind.REJECT, COMPASS)
    sync(OTHERWISE)
    Catalog(office.database).retire_collections(["test"])
    sync(OTHERWISE)
    assert office.image(COMPASS)[:2] == ("missing", None)


@pytest.mark.parametrize("kind", [Kind.REGENERATE, Kind.EDIT])
def test_what_was_wanted_anew_in_between_is_not_what_was_rejected(office, sync, kind):
    office.decide(Kind.REJECT, COMPASS)
    sync(OTHERWISE)
    office.decide(kind, COMPASS, note="bolder", prompt="mine")
    sync(SPEC)
    assert office.image(COMPASS)[:2] == ("missing", None)


def test_a_rejection_that_was_taken_back_is_not_remembered(office, sync):
    decision_id, _ = office.decide(Kind.REJECT, COMPASS)
    office.decide(Kind.FAVOURITE, COMPASS)
    office.desk.undo([decision_id], reviewer="ada")
    sync(OTHERWISE)
    sync(SPEC)
    assert office.image(COMPASS)[:2] == ("missing", None)
