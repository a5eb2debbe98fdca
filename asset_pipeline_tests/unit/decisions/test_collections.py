"""Decisions about collections: an approval is for what was seen, and everybody is told where the rollout stands."""

from decimal import Decimal

import pytest

from asset_pipeline.decisions import DecisionDesk, Kind
from asset_pipeline.errors import SettingsError
from asset_pipeline.ledger.approvals import read_approval
from asset_pipeline.specs import Catalog, require_specs
from asset_pipeline_tests.unit.decisions.conftest import SPEC

FIVE = Decimal(5)


def change_spec(office, text):
    """Take over another spec."""
    path = office.opened.paths.specs / "spec.yaml"
    path.write_text(text)
    Catalog(office.database).sync(require_specs([path], root=office.opened.root, max_file_mb=2))


def approval(office):
    """Return the last approval."""
    return office.database.run(lambda c: read_approval(c, mode="sandbox", collection="test"))


def test_before_anything_is_approved_the_sample_is_what_there_is_to_see(office):
    standing = office.desk.standing("test")
    assert (standing.phase, len(standing.sample), standing.seen, standing.bad) == ("sample", 2, 2, 0)
    assert standing.explanation == "Only the sample is bought until somebody approves the rest."
    assert (standing.rest, standing.note, standing.approval_id) == (0, "", None)


def test_with_images_left_it_says_what_they_will_cost_and_what_the_sample_says_of_them(office):
    more = SPEC + "".join(f"  - {{type: icons, title: Thing {n}}}\n" for n in range(8))
    change_spec(office, more)
    standing = office.desk.standing("test")
    missing = office.rows("SELECT count(*) FROM store.images WHERE state = 'missing' AND NOT is_sample")[0][0]
    assert standing.rest == missing > 5
    assert Decimal(0) < standing.rest_expected_usd < standing.rest_worst_usd
    for key in standing.sample:
        office.deliver(key)
    office.decide(Kind.REJECT, standing.sample[0])
    standing = office.desk.standing("test")
    assert (standing.seen, standing.bad) == (2, 1)
    assert standing.note.startswith(f"Of 2 seen, 1 is bad: so of the other {missing}, probably about")


def test_an_approval_of_what_was_seen_counts_and_asks_for_a_run(office):
    seen = office.desk.standing("test").basis_sha256
    outcome = office.desk.approve("test", FIVE, reviewer="ada", seen=seen)
    assert outcome.is_taken
    standing = office.desk.standing("test")
    assert (standing.phase, standing.approval_id, standing.approved_usd, standing.approved_by) == (
        "canary", "test.1", FIVE, "ada",
    )  # fmt: skip
    assert office.rows("SELECT collection, image_keys FROM store.run_wishes") == [("test", None)]


def test_an_approval_of_a_page_that_is_stale_is_refused_and_says_why(office):
    seen = office.desk.standing("test").basis_sha256
    change_spec(office, SPEC.replace("Compass", "A new compass"))
    outcome = office.desk.approve("test", FIVE, reviewer="ada", seen=seen)
    assert not outcome.is_taken
    assert "test is not as you have seen it any more" in outcome.message
    assert approval(office) is None


def test_the_second_of_two_who_approve_what_they_saw_before_is_refused_and_the_first_approval_counts(office):
    seen = office.desk.standing("test").basis_sha256
    assert office.desk.approve("test", FIVE, reviewer="ada", seen=seen).is_taken
    outcome = office.desk.approve("test", Decimal(50), reviewer="ben", seen=seen)
    assert not outcome.is_taken
    assert "a picture or its approval has changed. Look again" in outcome.message
    assert office.rows("SELECT reviewer, amount_usd, ended_at FROM approvals") == [("ada", FIVE, None)]


def test_of_two_who_approve_at_the_same_moment_one_is_refused(office, monkeypatch):
    seen, outcomes = office.desk.standing("test").basis_sha256, []
    look = office.desk._now

    def overtaken(collection):
        now = look(collection)
        if not outcomes:
            other = DecisionDesk(office.opened, office.database)
            outcomes.append(other.approve(collection, FIVE, reviewer="ada", seen=seen))
        return now

    monkeypatch.setattr(office.desk, "_now", overtaken)
    outcomes.append(office.desk.approve("test", Decimal(50), reviewer="ben", seen=seen))
    assert [one.is_taken for one in outcomes] == [True, False]
    assert office.rows("SELECT reviewer FROM approvals") == [("ada",)]


def test_whoever_approves_what_is_approved_gives_a_new_approval_and_never_two_at_once(office):
    for reviewer in ("ada", "ben"):
        seen = office.desk.standing("test").basis_sha256
        assert office.desk.approve("test", FIVE, reviewer=reviewer, seen=seen).is_taken
    rows = office.rows("SELECT approval_id, reviewer, ended_because FROM approvals ORDER BY created_at")
    assert rows == [("test.1", "ada", "ben gave a new one"), ("test.2", "ben", None)]
    assert office.rows("SELECT scope FROM budgets WHERE scope LIKE 'approval:%'") == [("approval:test.2",)]


def test_an_approval_that_is_sent_twice_counts_once(office):
    seen = office.desk.standing("test").basis_sha256
    for _ in range(2):
        assert office.desk.approve("test", FIVE, reviewer="ada", seen=seen, decision_id="once-and-only").is_taken
    assert office.rows("SELECT approval_id, ended_at FROM approvals") == [("test.1", None)]


def test_a_sample_that_was_made_anew_since_is_not_what_was_seen(office):
    before = office.desk.standing("test")
    office.deliver(before.sample[0], "another picture")
    assert not office.desk.approve("test", FIVE, reviewer="ada", seen=before.basis_sha256).is_taken
    assert office.desk.approve("test", FIVE, reviewer="ada", seen=office.desk.standing("test").basis_sha256).is_taken
    office.deliver(before.sample[0], "a third one")
    assert office.desk.standing("test").phase == "canary", "a new picture does not end what was approved"


def test_a_spec_that_goes_away_ends_the_approval(office):
    assert office.desk.approve("test", FIVE, reviewer="ada").is_taken
    Catalog(office.database).retire_collections(["test"])
    assert approval(office).ended_because == "its spec is gone"


def test_a_limit_that_is_changed_here_ends_the_approval_and_the_page_says_so(office):
    assert office.desk.approve("test", FIVE, reviewer="ada").is_taken
    outcome = office.desk.set_limit("total", Decimal(9), reviewer="ben")
    assert outcome.message == "the limit of 'total' is $9.00 now; approvals given under another one have ended"
    standing = office.desk.standing("test")
    assert standing.phase == "sample"
    assert "The last approval has ended: the limit of 'total' has changed from $25.00 to $9.00." in standing.explanation
    (row,) = office.rows("SELECT decision, amount_usd, reviewer, details FROM reviews WHERE decision = 'budget'")
    assert row == ("budget", Decimal(9), "ben", '{"scope": "total"}')


def test_a_template_that_is_changed_ends_the_approval_with_the_next_look(office):
    assert office.desk.approve("test", FIVE, reviewer="ada").is_taken
    own = office.opened.paths.prompts / "icons.md"
    own.parent.mkdir(parents=True)
    own.write_text("---\ntitle: Icons\n---\nA {{ title }} in ink.\n")
    standing = office.desk.standing("test")
    assert (standing.phase, standing.approval_id) == ("sample", None)
    assert approval(office).ended_because == "the prompts changed"


def test_paused_stopped_and_resumed_are_rows_and_phases(office):
    for word, phase in (("pause", "paused"), ("stop", "stopped"), ("resume", "sample")):
        assert getattr(office.desk, word)("test", reviewer="ada").is_taken
        assert office.desk.standing("test").phase == phase
    words = office.rows("SELECT decision, image_key, collection FROM reviews ORDER BY created_at")
    assert words == [("pause", None, "test"), ("stop", None, "test"), ("resume", None, "test")]
    assert len(office.rows("SELECT 1 FROM store.run_wishes")) == 1, "whoever lets it go on wants it made"


@pytest.mark.parametrize("amount", ["0", "-1", "100", "NaN"])
def test_an_amount_that_is_no_limit_approves_nothing(office, amount):
    with pytest.raises(SettingsError):
        office.desk.approve("test", Decimal(amount), reviewer="ada")
    assert approval(office) is None


@pytest.mark.parametrize("act", ["standing", "pause", "resume", "stop"])
def test_a_collection_that_is_not_there_is_named_with_those_that_are(office, act):
    arguments = {} if act == "standing" else {"reviewer": "ada"}
    with pytest.raises(SettingsError, match="there is no collection 'nothing'") as raised:
        getattr(office.desk, act)("nothing", **arguments)
    assert "one of test" in str(raised.value)


def test_with_the_gate_off_nothing_has_to_be_approved(office, project):
    opened = project.open(rollout={"require_approval": False})
    assert DecisionDesk(opened, office.database).standing("test").phase == "open"
