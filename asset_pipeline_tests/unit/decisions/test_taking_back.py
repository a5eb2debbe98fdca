"""Decisions that are taken back: as long as nothing has been bought for them that is still to come."""

import asyncio

import pytest

from asset_pipeline.decisions import Kind
from asset_pipeline.ledger import State
from asset_pipeline.specs import Catalog
from asset_pipeline_tests.support.ledgers import WAYS, intent_for, open_ledger, take, wait_for
from asset_pipeline_tests.unit.decisions.conftest import LANTERN

BEING_MADE = f"{LANTERN} is being made anew already, so it cannot be taken back"


@pytest.fixture
def call(office):
    """Make a call for an image, and take it to a state."""
    ledger = open_ledger(office.database)

    def make(state):
        held = wait_for(lambda: ledger.hold(intent_for("lantern", content_key=f"until {state}")))
        take(ledger, held.call_id, *WAYS[state])

    return make


@pytest.mark.parametrize("kind", [Kind.REGENERATE, Kind.EDIT])
@pytest.mark.parametrize("state", [state for state in State if state is not State.RELEASED])
def test_what_is_being_made_anew_cannot_be_taken_back_as_its_picture_is_paid_for(office, call, kind, state):
    decision_id, _ = office.decide(kind, LANTERN, prompt="mine")
    before = office.image(LANTERN)
    call(state)
    (outcome,) = office.desk.undo([decision_id], reviewer="ada")
    assert (outcome.is_taken, outcome.message) == (False, BEING_MADE)
    assert office.image(LANTERN) == before
    assert office.rows("SELECT undone_by FROM reviews") == [(None,)]


def test_a_call_that_was_never_made_and_those_from_before_do_not_keep_a_decision_from_being_taken_back(office, call):
    call(State.SUBMITTED)
    decision_id, _ = office.decide(Kind.REGENERATE, LANTERN)
    call(State.RELEASED)
    (outcome,) = office.desk.undo([decision_id], reviewer="ada")
    assert outcome.is_taken
    assert office.image(LANTERN)[0] == "done"


def test_what_could_not_be_made_anew_can_be_taken_back_once_all_its_calls_are_settled(office, call):
    decision_id, _ = office.decide(Kind.REGENERATE, LANTERN, note="bolder")
    call(State.SETTLED)
    asyncio.run(Catalog(office.database).mark({LANTERN: ("failed", "refused")}))
    call(State.UNKNOWN)
    (outcome,) = office.desk.undo([decision_id], reviewer="ada")
    assert (outcome.is_taken, outcome.message) == (False, BEING_MADE)
    office.rows("UPDATE store.calls SET state = 'settled'")
    (outcome,) = office.desk.undo([decision_id], reviewer="ada")
    assert outcome.is_taken
    assert office.image(LANTERN)[:2] == ("done", None)
