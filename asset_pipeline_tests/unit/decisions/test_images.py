"""Decisions about images: each is a row, takes effect, counts once, and is refused where it comes too late."""

import asyncio

import pytest

from asset_pipeline.decisions import Decision, DecisionDesk, Kind
from asset_pipeline.decisions.taking import MAX_TEXT, new_decision_id
from asset_pipeline.specs import Catalog, require_specs
from asset_pipeline_tests.unit.decisions.conftest import COMPASS, LANTERN, SECOND, SPEC, THIRD


def test_a_decision_is_a_row_with_who_when_and_what_was_seen(office):
    decision_id, outcome = office.decide(Kind.APPROVE, LANTERN, note="fine")
    assert outcome.is_taken
    (row,) = office.rows(
        "SELECT review_id, collection, image_key, decision, note, reviewer, seen_sha256, mode, created_at IS NOT NULL"
        " FROM reviews"
    )
    assert row == (decision_id, "test", LANTERN, "approve", "fine", "ada", office.sha(LANTERN), "sandbox", True)


def test_a_rejected_image_is_not_delivered_and_not_lost_and_an_approval_brings_it_back(office):
    _, outcome = office.decide(Kind.REJECT, LANTERN, note="a face in it")
    assert outcome.is_taken
    assert office.image(LANTERN)[:2] == ("rejected", "rejected by ada: a face in it")
    delivered, aside = office.files()
    assert "lantern.png" not in delivered
    assert aside == {"lantern.png"}
    _, outcome = office.decide(Kind.APPROVE, LANTERN)
    assert outcome.is_taken
    assert office.image(LANTERN)[0] == "done"
    assert office.files() == ({"lantern.png", "lantern-2.png", "lantern-3.png", "compass.png"}, set())


def test_what_was_rejected_while_it_was_made_is_not_delivered(office):
    office.decide(Kind.REJECT, LANTERN)
    assert office.deliver(LANTERN, "made meanwhile") is False
    assert office.image(LANTERN)[0] == "rejected"
    assert office.rows("SELECT count(*) FROM store.deliveries WHERE image_key = $1", LANTERN) == [(1,)]


def test_a_run_that_was_to_make_a_rejected_image_leaves_it_rejected(office):
    office.decide(Kind.REJECT, LANTERN, note="no")
    asyncio.run(Catalog(office.database).mark({LANTERN: ("missing", "it waits"), COMPASS: ("failed", "so it goes")}))
    assert office.image(LANTERN)[:2] == ("rejected", "rejected by ada: no")
    assert office.image(COMPASS)[:2] == ("failed", "so it goes")


def test_a_process_that_is_killed_before_it_moves_files_leaves_that_to_the_next(office):
    office.rows("UPDATE store.images SET state = 'rejected' WHERE image_key = $1", LANTERN)
    assert "lantern.png" in office.files()[0]
    DecisionDesk(office.opened, office.database).tidy()
    assert office.files()[1] == {"lantern.png"}


def test_sent_back_with_a_note_it_is_another_take_whose_writers_are_told_and_a_run_is_asked_for(office):
    _, outcome = office.decide(Kind.REGENERATE, LANTERN, note="fewer\nlines")
    assert outcome.is_taken
    state, reason, wanted = office.image(LANTERN)
    assert (state, reason, wanted.take, wanted.note, wanted.own_prompt) == (
        "missing", "to be made anew", 2, "fewer lines", None,
    )  # fmt: skip
    assert office.rows("SELECT collection, image_keys FROM store.run_wishes") == [("test", [LANTERN])]
    assert "lantern.png" in office.files()[0], "the old picture stays until there is a new one"


def test_a_prompt_of_ones_own_is_kept_as_a_version_with_its_author(office):
    _, outcome = office.decide(Kind.EDIT, LANTERN, prompt="A lantern,\n plainly.", negative_prompt="smoke")
    assert outcome.is_taken
    wanted = office.image(LANTERN)[2]
    assert (wanted.own_prompt.text, wanted.own_prompt.negative, wanted.own_prompt.author, wanted.take) == (
        "A lantern, plainly.", "smoke", "person", 1,
    )  # fmt: skip
    kept = office.rows("SELECT image_key, prompt, negative_prompt, winner FROM store.competitions")
    assert kept == [(LANTERN, "A lantern, plainly.", "smoke", "person")]


def test_a_picked_candidate_is_the_prompt_with_the_model_as_its_author(office):
    office.compete(LANTERN, "the winner", "the other one")
    _, outcome = office.decide(Kind.PICK, LANTERN, candidate=1)
    assert outcome.is_taken
    own = office.image(LANTERN)[2].own_prompt
    assert (own.text, own.author) == ("the other one", "maker/1")
    _, outcome = office.decide(Kind.PICK, LANTERN, candidate=7)
    assert (outcome.is_taken, outcome.message) == (False, f"{LANTERN} has no candidate 7 with a prompt")


def test_a_note_after_a_prompt_of_ones_own_calls_for_a_new_competition(office):
    office.decide(Kind.EDIT, LANTERN, prompt="mine")
    office.decide(Kind.REGENERATE, LANTERN, note="theirs after all")
    wanted = office.image(LANTERN)[2]
    assert (wanted.own_prompt, wanted.note, wanted.take) == (None, "theirs after all", 2)


def test_choosing_a_variant_approves_it_and_rejects_the_others_of_the_same_thing(office):
    decision_id, outcome = office.decide(Kind.CHOOSE, SECOND)
    assert outcome.message == f"{SECOND}: approved; 2 other variants are rejected"
    states = [office.image(key)[0] for key in (LANTERN, SECOND, THIRD, COMPASS)]
    assert states == ["rejected", "done", "rejected", "done"]
    assert office.files()[0] == {"lantern-2.png", "compass.png"}
    (undone,) = office.desk.undo([decision_id], reviewer="ada")
    assert undone.is_taken
    assert [office.image(key)[0] for key in (LANTERN, SECOND, THIRD)] == ["done"] * 3
    assert len(office.files()[0]) == 4


def test_favourites_stand_beside_any_other_word(office):
    office.decide(Kind.APPROVE, LANTERN)
    _, outcome = office.decide(Kind.FAVOURITE, LANTERN, after="anything")
    assert outcome.is_taken
    _, outcome = office.decide(Kind.REJECT, LANTERN)
    assert outcome.is_taken


def test_sent_twice_a_decision_counts_once(office):
    one = Decision(new_decision_id(), LANTERN, Kind.REGENERATE, note="again", seen_sha256=office.sha(LANTERN))
    for _ in range(2):
        (outcome,) = office.desk.decide([one, one][:1], reviewer="ada")
        assert outcome.is_taken
    (first, second) = office.desk.decide([one, one], reviewer="ada")
    assert first.message == second.message == f"{LANTERN}: regenerate is taken"
    assert office.image(LANTERN)[2].take == 2
    assert office.rows("SELECT count(*) FROM reviews") == [(1,)]


def test_the_second_of_two_reviewers_is_told_what_the_first_has_decided(office):
    seen = office.sha(LANTERN)
    assert office.decide(Kind.APPROVE, LANTERN, by="ada", seen=seen, after=None)[1].is_taken
    _, outcome = office.decide(Kind.REJECT, LANTERN, by="ben", seen=seen, after=None)
    assert not outcome.is_taken
    assert "in the meantime ada has decided `approve`" in outcome.message
    assert office.image(LANTERN)[0] == "done"
    assert office.decide(Kind.REJECT, LANTERN, by="ben")[1].is_taken


def test_a_decision_about_a_picture_that_is_there_no_more_is_refused(office):
    seen = office.sha(LANTERN)
    office.deliver(LANTERN, "a new one")
    _, outcome = office.decide(Kind.APPROVE, LANTERN, seen=seen)
    assert (outcome.is_taken, outcome.message) == (
        False, f"the picture of {LANTERN} is not the one you were looking at any more; look again",
    )  # fmt: skip


def test_a_decision_about_a_retired_image_is_refused(office):
    seen = office.sha(COMPASS)
    text = "\n".join(line for line in SPEC.splitlines() if "Compass" not in line)
    path = office.opened.paths.specs / "spec.yaml"
    path.write_text(text)
    Catalog(office.database).sync(require_specs([path], root=office.opened.root, max_file_mb=2))
    _, outcome = office.decide(Kind.APPROVE, COMPASS, seen=seen)
    assert (outcome.is_taken, outcome.message) == (False, f"{COMPASS} is retired: no spec wants it any more")


@pytest.mark.parametrize(
    ("kind", "details", "said"),
    [
        (Kind.EDIT, {"prompt": " "}, "an empty prompt makes no picture"),
        (Kind.REJECT, {"note": "x" * (MAX_TEXT + 1)}, "at most 4,000 characters"),
        (Kind.PICK, {}, "has no candidate None"),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_no_row(office, kind, details, said):
    _, outcome = office.decide(kind, LANTERN, **details)
    assert not outcome.is_taken
    assert said in outcome.message
    assert office.rows("SELECT count(*) FROM reviews") == [(0,)]


def test_there_is_nothing_to_approve_of_an_image_that_is_being_made_anew(office):
    office.decide(Kind.REGENERATE, LANTERN)
    _, outcome = office.decide(Kind.APPROVE, LANTERN)
    assert (outcome.is_taken, outcome.message) == (
        False, f"{LANTERN} is missing, so there is nothing to approve yet",
    )  # fmt: skip


def test_of_a_batch_what_holds_is_taken_and_the_rest_is_told(office):
    stale = Decision(new_decision_id(), LANTERN, Kind.APPROVE, seen_sha256="0" * 64)
    unknown = Decision(new_decision_id(), "test.icons.nobody", Kind.APPROVE)
    good = Decision(new_decision_id(), COMPASS, Kind.REJECT, seen_sha256=office.sha(COMPASS))
    outcomes = office.desk.decide([stale, unknown, good], reviewer="ada")
    assert [one.is_taken for one in outcomes] == [False, False, True]
    assert outcomes[1].message == "there is no image test.icons.nobody"
    assert office.rows("SELECT image_key FROM reviews") == [(COMPASS,)]


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (Kind.APPROVE, {}),
        (Kind.REJECT, {"note": "no"}),
        (Kind.REGENERATE, {"note": "bolder"}),
        (Kind.EDIT, {"prompt": "mine"}),
        (Kind.FAVOURITE, {}),
    ],
)
def test_a_decision_that_is_taken_back_leaves_everything_as_it_was(office, kind, details):
    before, files = office.image(LANTERN), office.files()
    decision_id, _ = office.decide(kind, LANTERN, **details)
    (outcome,) = office.desk.undo([decision_id], reviewer="ben")
    assert outcome.is_taken
    assert office.image(LANTERN) == before
    assert office.files() == files
    assert office.rows("SELECT undone_by FROM reviews") == [("ben",)]
    (again,) = office.desk.undo([decision_id], reviewer="ben")
    assert again.is_taken
    assert "taken back by ben" in again.message


def test_what_has_been_made_anew_cannot_be_taken_back(office):
    decision_id, _ = office.decide(Kind.REGENERATE, LANTERN)
    office.deliver(LANTERN, "second")
    (outcome,) = office.desk.undo([decision_id], reviewer="ada")
    assert (outcome.is_taken, outcome.message) == (
        False, f"{LANTERN} has been made anew already, so it cannot be taken back",
    )  # fmt: skip


def test_what_was_sent_back_before_it_was_rejected_is_not_approved_as_it_was(office):
    office.decide(Kind.REGENERATE, LANTERN)
    office.decide(Kind.REJECT, LANTERN)
    for kind in (Kind.APPROVE, Kind.CHOOSE):
        _, outcome = office.decide(kind, LANTERN)
        assert (outcome.is_taken, outcome.message) == (
            False, f"{LANTERN} was sent back before it was rejected; send it back once more to have it made",
        )  # fmt: skip


def test_what_its_spec_wants_otherwise_by_now_cannot_be_taken_back(office):
    decision_id, _ = office.decide(Kind.REJECT, COMPASS)
    path = office.opened.paths.specs / "spec.yaml"
    path.write_text(SPEC.replace("title: Compass", "title: Compass, description: another one"))
    Catalog(office.database).sync(require_specs([path], root=office.opened.root, max_file_mb=2))
    (outcome,) = office.desk.undo([decision_id], reviewer="ada")
    assert (outcome.is_taken, outcome.message) == (
        False, f"{COMPASS}: its spec wants something else by now; look again",
    )  # fmt: skip


def test_a_decision_from_before_there_was_anything_to_go_back_to_is_not_taken_back(office):
    decision_id, _ = office.decide(Kind.REGENERATE, LANTERN)
    office.rows("UPDATE store.reviews SET details = NULL")
    (outcome,) = office.desk.undo([decision_id], reviewer="ada")
    assert not outcome.is_taken


def test_only_the_last_word_can_be_taken_back(office):
    first, _ = office.decide(Kind.APPROVE, LANTERN)
    office.decide(Kind.REJECT, LANTERN, by="ben")
    (outcome,) = office.desk.undo([first], reviewer="ada")
    assert not outcome.is_taken
    assert "in the meantime ben has decided `reject`" in outcome.message
    (nothing,) = office.desk.undo(["nothing"], reviewer="ada")
    assert (nothing.is_taken, nothing.message) == (False, "there is no such decision about an image")


def test_the_price_is_that_of_what_would_be_bought(office):
    price = lambda kind, **details: office.desk.price(Decision("x", LANTERN, kind, **details))  # noqa: E731 - a word for this test
    assert price(Kind.APPROVE).sentence == "This costs nothing."
    picture = price(Kind.EDIT, prompt="mine")
    assert str(picture.worst_usd) == "0.040000000"
    anew = price(Kind.REGENERATE, note="bolder")
    assert anew.worst_usd > picture.worst_usd
    assert "This costs about $0.04" in anew.sentence
    assert office.rows("SELECT count(*) FROM reviews") == [(0,)]
    assert office.image(LANTERN)[2].take == 1
