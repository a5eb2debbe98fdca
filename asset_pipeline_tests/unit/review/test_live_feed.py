"""One look at the database: progress, money to the last digit, and nothing that has been seen before."""

from datetime import timedelta
from decimal import Decimal

import pytest

from asset_pipeline.images.files import StoredFile
from asset_pipeline.images.store import Delivery, save_deliveries
from asset_pipeline.ledger import Database, Held, State
from asset_pipeline.ledger.database import utc_now
from asset_pipeline.review import live_feed
from asset_pipeline.review.live_events import Events
from asset_pipeline.review.live_feed import look
from asset_pipeline.review.live_look import Cursor, Look
from asset_pipeline.review.live_words import in_words
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline_tests.support.ledgers import intent_for, new_ledger, open_ledger, sums, take, wait_for
from asset_pipeline_tests.support.wanted import wanted

SLUGS = ("a", "b", "c", "d")


@pytest.fixture
def ledger(tmp_path):
    """A ledger with two collections in its catalog: four icons in `test`, one in `other`."""
    with Database(new_ledger(tmp_path / "pipeline.duckdb")) as database:
        yield catalogued(database)


def catalogued(database):
    images = tuple(wanted(slug=slug) for slug in SLUGS)
    other = (wanted(collection="other"),)
    Catalog(database).sync(
        [Collection("test", "Test", "t.yaml", "0", images), Collection("other", "", "o", "0", other)]
    )
    return open_ledger(database)


def see(ledger, since=None, is_gated=True):
    return ledger.database.run(lambda connection: look(connection, mode=ledger.mode, is_gated=is_gated, since=since))


def hold(ledger, key, usd="0.04", **changes):
    held = wait_for(lambda: ledger.hold(intent_for(key, usd, **changes)))
    assert isinstance(held, Held)
    return held.call_id


def change(ledger, sql, *values):
    ledger.database.run(lambda connection: connection.execute(sql, list(values)) and None)


def deliver(ledger, slug, sha256="f" * 64):
    file = StoredFile("images/x.png", sha256, 10)
    ledger.database.submit(save_deliveries, Delivery(f"test.icons.{slug}", "r", "p", "c", file, None)).result()


def of(found, collection="test"):
    return next(one for one in found.progress if one.collection == collection)


def test_progress_counts_images_by_state_and_calls_in_flight_for_each_collection(ledger):
    deliver(ledger, "a")
    hold(ledger, "b")
    take(ledger, hold(ledger, "c"), State.SUBMITTED, State.SETTLED)
    change(ledger, "UPDATE store.images SET state = 'retired', retired_at = now() WHERE image_key = 'test.icons.d'")
    found = see(ledger)
    assert [one.collection for one in found.progress] == ["other", "test"]
    assert (of(found).by_state, of(found).total, of(found).in_flight) == ({"done": 1, "missing": 2}, 3, 1)
    assert (of(found, "other").by_state, of(found, "other").in_flight) == ({"missing": 1}, 0)


def test_money_agrees_with_the_ledger_to_the_last_digit(ledger):
    hold(ledger, "a", "0.123456789")
    take(ledger, hold(ledger, "b", "0.000000007"), State.SUBMITTED, State.SETTLED, cost_usd=Decimal("0.000000003"))
    take(ledger, hold(ledger, "c", "0.010000001"), State.UNKNOWN)
    found = see(ledger)
    known = sums(ledger.database)["budgets"]
    told = {one.scope: (one.spent_usd, one.held_usd) for one in found.budgets if one.spent_usd or one.held_usd}
    assert told == known
    assert told["total"] == (Decimal("0.000000003"), Decimal("0.133456790"))
    assert (of(found).spent_usd, of(found).held_usd) == told["total"]
    assert found.unknown["total"] == found.unknown["day"] == found.unknown["sample"] == Decimal("0.010000001")


def test_a_look_of_one_mode_sees_nothing_of_the_other_ones_money(ledger):
    live = open_ledger(ledger.database, mode="live")
    hold(live, "a", "0.50")
    assert (see(ledger).entries, of(see(ledger)).in_flight, of(see(ledger)).held_usd) == ((), 0, 0)
    assert [one.state for one in see(live).entries] == ["held"]


def test_only_what_came_after_the_last_look_is_told_and_a_look_without_news_tells_of_none(ledger):
    first_call = hold(ledger, "a")
    first = see(ledger)
    assert [one.state for one in first.entries] == ["held"]
    take(ledger, first_call, State.SUBMITTED, State.SETTLED, cost_usd=Decimal("0.03"))
    deliver(ledger, "a")
    second = see(ledger, first.cursor)
    assert [(one.state, one.cost_usd) for one in second.entries] == [("submitted", 0), ("settled", Decimal("0.03"))]
    assert [(one.image_key, one.state, one.sha256) for one in second.changes] == [("test.icons.a", "done", "f" * 64)]
    third = see(ledger, second.cursor)
    assert (third.entries, third.changes, third.cursor) == ((), (), second.cursor)


def test_whoever_comes_new_is_told_of_the_last_entries_and_of_what_has_changed_in_the_last_minutes(ledger, monkeypatch):
    monkeypatch.setattr(live_feed, "FIRST_ENTRIES", 2)
    old = utc_now() - timedelta(hours=1)
    change(ledger, "UPDATE store.images SET updated_at = $1 WHERE image_key <> 'test.icons.b'", old)
    for key in SLUGS:
        hold(ledger, key)
    found = see(ledger)
    assert [one.image_key for one in found.entries] == ["test.icons.c", "test.icons.d"]
    assert [one.image_key for one in found.changes] == ["test.icons.b"]


def test_of_very_many_changes_the_newest_are_told_and_that_there_were_more(ledger, monkeypatch):
    monkeypatch.setattr(live_feed, "MOST_IMAGES", 2)
    monkeypatch.setattr(live_feed, "MOST_ENTRIES", 3)
    before = see(ledger).cursor
    for key in SLUGS:
        hold(ledger, key)
        deliver(ledger, key)
    found = see(ledger, before)
    assert [one.image_key[-1] for one in found.entries] == ["b", "c", "d"]
    assert [one.image_key[-1] for one in found.changes] == ["c", "d"]
    assert found.more
    assert not see(ledger, found.cursor).more


def test_a_cursor_from_before_a_backup_was_restored_counts_as_none(ledger):
    hold(ledger, "a")
    assert [one.state for one in see(ledger, Cursor(10**9, utc_now())).entries] == ["held"]


def decide(ledger, key, decision="approve"):
    change(
        ledger,
        "INSERT INTO store.reviews (review_id, collection, image_key, decision, reviewer, created_at)"
        " VALUES (uuid()::VARCHAR, 'test', $1, $2, 'me', $3)",
        key,
        decision,
        utc_now(),
    )


def test_done_images_of_the_sample_wait_until_somebody_has_decided_about_them(ledger):
    change(ledger, "UPDATE store.images SET is_sample = image_key IN ('test.icons.a', 'test.icons.b')")
    assert (of(see(ledger)).waiting, of(see(ledger)).phase) == (0, "sample")
    for slug in "abc":
        deliver(ledger, slug)
    assert of(see(ledger)).waiting == 2
    decide(ledger, "test.icons.b", "favourite")
    assert of(see(ledger)).waiting == 2
    decide(ledger, "test.icons.a")
    assert of(see(ledger)).waiting == 1
    change(ledger, "UPDATE store.reviews SET undone_at = created_at")
    assert of(see(ledger)).waiting == 2
    assert of(see(ledger, is_gated=False)).waiting == 0


def test_an_image_that_was_sent_back_waits_again_once_its_new_file_is_there(ledger):
    change(ledger, "UPDATE store.images SET is_sample = true")
    deliver(ledger, "a")
    decide(ledger, "test.icons.a", "regenerate")
    assert of(see(ledger)).waiting == 0
    deliver(ledger, "a", "e" * 64)
    assert of(see(ledger)).waiting == 1


def test_an_image_that_did_not_pass_a_check_waits_in_an_approved_collection_too(ledger):
    approve(ledger)
    change(ledger, "UPDATE store.images SET is_sample = true")
    for slug in "ab":
        deliver(ledger, slug)
    change(
        ledger,
        "INSERT INTO store.checks SELECT 'test.icons.a', 'blank', 'c', 1, '', 'at most', 0, false, 'review', 't',"
        " now() AT TIME ZONE 'UTC'",
    )
    assert of(see(ledger)).waiting == 1


def approve(ledger, mode="sandbox"):
    change(
        ledger,
        "INSERT INTO store.approvals (approval_id, mode, collection, basis_sha256, basis, amount_usd, reviewer,"
        " created_at) VALUES ('1', $1, 'test', '', '', 1, 'me', now())",
        mode,
    )


def test_the_phase_follows_what_people_have_decided_in_this_mode(ledger):
    assert of(see(ledger, is_gated=False)).phase == "open"
    assert of(see(ledger)).phase == "sample"
    approve(ledger, mode="live")
    assert of(see(ledger)).phase == "sample"
    change(ledger, "UPDATE store.approvals SET mode = 'sandbox'")
    assert of(see(ledger)).phase == "canary"
    change(ledger, "UPDATE store.approvals SET canary_passed_at = now()")
    assert of(see(ledger)).phase == "production"
    change(ledger, "INSERT INTO store.controls VALUES ('sandbox', 'test', 'paused', 'me', now())")
    assert of(see(ledger)).phase == "paused"
    assert of(see(ledger), "other").phase == "sample"


def test_a_listener_of_one_collection_hears_of_no_other(ledger):
    hold(ledger, "a")
    hold(ledger, "x", image_key="other.icons.lantern", collection="other")
    text = "".join(Events(collection="other").of(see(ledger)))
    assert "other.icons.lantern" in text
    assert "test" not in text


def test_nothing_is_told_twice_and_a_look_from_before_the_first_one_is_not_told_at_all(ledger):
    events, old = Events(collection=None), see(ledger)
    hold(ledger, "a")
    assert [text for text in events.of(see(ledger)) if "event: log" in text]
    assert list(events.of(see(ledger))) == []
    assert list(events.of(old)) == []


def test_text_of_a_provider_cannot_end_an_event_early_or_begin_another(ledger):
    take(ledger, hold(ledger, "a"), State.RELEASED, reason="no\n\nevent: money\ndata: {}\r\u2028")
    events = list(Events(collection=None).of(see(ledger)))
    names = [line for text in events for line in text.splitlines() if line.startswith("event: ")]
    assert names == ["event: progress", "event: money", "event: log", *["event: image"] * 5]
    assert all(text.count("\n\n") == 1 for text in events)


@pytest.mark.parametrize(
    "text",
    ["", "x", "1", "1@", "1@yesterday", "-1@2026-01-01", "9" * 30 + "@2026-01-01", "1@2026-01-01T00:00:00+01:00"],
)
def test_what_is_no_cursor_is_none(text):
    assert Cursor.parse(text) is None


def test_a_cursor_is_read_as_it_was_written():
    cursor = Cursor(12, utc_now())
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize(
    ("state", "outcome", "said"),
    [
        ("held", None, "m/x makes the image: up to $0.04 set aside"),
        ("submitted", None, "m/x makes the image: asked"),
        ("unknown", None, "m/x makes the image: no answer, so its money stays set aside"),
        ("released", None, "m/x makes the image: not made, $0.04 free again"),
        ("settled", "succeeded", "m/x makes the image: done, cost $0.0301"),
        ("settled", "failed", "m/x makes the image: failed, cost $0.0301"),
    ],
)
def test_a_step_is_told_in_words(state, outcome, said):
    held = Decimal("-0.04") if state == "released" else Decimal("0.04")
    told = in_words(
        kind="image", model="m/x", state=state, outcome=outcome, held_usd=held, cost_usd=Decimal("0.03001"), reason=None
    )
    assert told == said


def test_an_empty_look_is_told_as_nothing_at_all():
    told = "".join(Events(collection=None).of(Look(Cursor(0, utc_now()))))
    assert told.count("event: ") == 2
