"""The wall of a collection: filtered, ordered and paged by the server, with cost and score of each image."""

import html
import re
from dataclasses import replace

import pytest

from asset_pipeline_tests.support.reviewed import (
    ANCHOR,
    BANNER,
    COMPASS,
    DRAWN,
    EVIL,
    EVIL_ONE,
    IMAGES,
    LANTERN,
    Reviewed,
    reviewed,
)
from asset_pipeline_tests.support.wanted import wanted

ALL = [image.key for image in IMAGES]
COMPASS_2 = "test.icons.compass-2"


def keys(text):
    """Return the keys of the tiles on a page, in their order."""
    return re.findall(r'class="tile[^"]*" data-key="([^"]+)"', text)


def tile(text, key):
    """Return the HTML of one tile."""
    return re.search(rf'<li class="tile[^"]*" data-key="{re.escape(key)}".*?</li>', text, re.DOTALL)[0]


def test_without_filters_all_images_stand_in_the_spec_s_order(client):
    page = client.get("/c/test").text
    assert keys(page) == ALL
    assert "7 images" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=missing", [ANCHOR]),
        ("state=done&type=covers", [BANNER]),
        ("type=textures", []),
        ("checks=failed", [LANTERN, BANNER]),
        ("checks=passed&type=icons", [COMPASS, COMPASS_2, EVIL_ONE, DRAWN]),
        ("decision=waiting", [LANTERN]),
        ("score_from=8", [LANTERN]),
        ("score_to=5", [EVIL_ONE]),
        ("score_from=4&score_to=9&sort=score_up", [EVIL_ONE, LANTERN]),
        ("cost_from=0.05", [BANNER]),
        ("cost_from=0.01&cost_to=0.042", [LANTERN]),
        ("text=COMPASS", [COMPASS, COMPASS_2]),
        ("text=not+made", [ANCHOR]),
        ("text=%25", []),
        ("text=covers.banner", [BANNER]),
        ("sort=cost&cost_from=0.001", [BANNER, LANTERN]),
        ("sort=title&type=icons&text=c", [ANCHOR, COMPASS, COMPASS_2, DRAWN, LANTERN]),
        ("favourite=1", []),
        ("sample=1", []),
    ],
)
def test_filters_find_what_they_say_in_the_order_they_say(client, query, found):
    page = client.get(f"/c/test?{query}").text
    if "sort=title" in query:
        assert [key for key in keys(page) if key != EVIL_ONE] == found
    else:
        assert keys(page) == found


def test_decisions_are_shown_and_found(filled, client):
    ((seen,),) = filled.execute("SELECT sha256 FROM main.images WHERE image_key = $1", LANTERN)
    filled.decided(LANTERN, "approve", review_id="r1", seen=seen)
    filled.decided(COMPASS, "reject", review_id="r2", note="no")
    filled.decided(BANNER, "regenerate", review_id="r3")
    filled.decided(EVIL_ONE, "favourite", review_id="r4")
    found = {name: keys(client.get(f"/c/test?decision={name}").text) for name in
             ("approved", "rejected", "sent_back", "undecided", "waiting")}  # fmt: skip
    assert found == {"approved": [LANTERN], "rejected": [COMPASS], "sent_back": [BANNER],
                     "undecided": [COMPASS_2, EVIL_ONE, DRAWN], "waiting": []}  # fmt: skip
    assert keys(client.get("/c/test?favourite=1").text) == [EVIL_ONE]
    page = client.get("/c/test").text
    assert 'data-after="r1"' in tile(page, LANTERN)
    assert "approved" in tile(page, LANTERN)
    assert 'data-after=""' in tile(page, EVIL_ONE), "a favourite is no word on the picture"


def test_a_decision_that_was_taken_back_does_not_count(filled, client):
    filled.decided(LANTERN, "reject", review_id="r1")
    filled.execute("UPDATE store.reviews SET undone_at = now()")
    assert keys(client.get("/c/test?decision=rejected").text) == []
    assert 'data-after=""' in tile(client.get("/c/test").text, LANTERN)


def test_an_approval_of_another_picture_does_not_count(filled, client):
    filled.decided(LANTERN, "approve", review_id="r1", seen="0" * 64)
    filled.make(wanted(), "white")
    assert keys(client.get("/c/test?decision=approved").text) == []
    assert LANTERN in keys(client.get("/c/test?decision=undecided").text)


def test_an_image_that_was_sent_back_and_made_anew_is_undecided(filled, client):
    filled.decided(LANTERN, "regenerate", review_id="r1")
    filled.execute("UPDATE store.images SET state = 'missing' WHERE image_key = $1", LANTERN)
    assert keys(client.get("/c/test?decision=sent_back").text) == [LANTERN]
    filled.make(wanted(), "white")
    assert keys(client.get("/c/test?decision=waiting").text) == [LANTERN]


def test_the_sample_waits_for_a_person_until_it_is_decided(filled, client):
    filled.execute("UPDATE store.images SET is_sample = true WHERE image_key IN ($1, $2)", COMPASS, ANCHOR)
    assert keys(client.get("/c/test?sample=1").text) == [COMPASS, ANCHOR]
    assert keys(client.get("/c/test?decision=waiting").text) == [LANTERN, COMPASS]


def test_what_is_decided_and_paid_in_the_other_mode_does_not_count(filled, client):
    filled.execute("UPDATE store.images SET is_sample = true WHERE image_key = $1", COMPASS)
    filled.execute(
        "INSERT INTO store.approvals VALUES ('a', 'live', 'test', 'x', '{}', 1, 'Ada', now(), ['k'], NULL, NULL, NULL)"
    )
    filled.execute("UPDATE store.calls SET mode = 'live' WHERE image_key = $1", LANTERN)
    assert keys(client.get("/c/test?decision=waiting").text) == [LANTERN, COMPASS]
    assert LANTERN not in keys(client.get("/c/test?cost_from=0.001").text)
    assert "$0.042" not in tile(client.get("/c/test").text, LANTERN)


def test_without_a_gate_no_sample_waits_for_anybody(filled):
    filled.execute("UPDATE store.images SET is_sample = true WHERE image_key = $1", COMPASS)
    settings = filled.project.settings
    open_gate = settings.rollout.model_copy(update={"require_approval": False})
    ungated = replace(filled.project, settings=settings.model_copy(update={"rollout": open_gate}))
    assert keys(Reviewed(ungated, filled.database).client().get("/c/test?decision=waiting").text) == [LANTERN]


def test_a_tile_says_size_score_cost_and_doubts(client):
    text = tile(client.get("/c/test").text, LANTERN)
    assert "64\N{MULTIPLICATION SIGN}64" in text
    assert "8.2" in text
    assert "$0.042" in text
    assert "1 doubt" in text
    assert 'loading="lazy"' in text
    assert 'width="64" height="64"' in text
    assert 'width="320" height="85"' in tile(client.get("/c/test").text, BANNER)


def test_an_image_that_is_not_made_says_its_state_and_why(filled, client):
    filled.execute("UPDATE store.images SET state = 'failed', reason = $1 WHERE image_key = $2", EVIL, ANCHOR)
    text = tile(client.get("/c/test").text, ANCHOR)
    assert "failed" in text
    assert html.escape(EVIL) in html.unescape(text).replace(EVIL, html.escape(EVIL))
    assert "<script" not in text


def test_titles_and_filters_cannot_put_anything_into_the_page(client):
    page = client.get("/c/test", params={"text": EVIL, "type": EVIL, "sort": EVIL, "score_from": EVIL}).text
    assert "<script>alert" not in page
    assert "onerror=alert(2)>" not in page
    assert "{{ 7 * 7 }}" in html.unescape(page)
    assert keys(page) == [EVIL_ONE]


def test_links_of_tiles_carry_the_filters(client):
    assert 'href="/i/test.icons.lantern?checks=failed"' in client.get("/c/test?checks=failed&junk=1").text


@pytest.fixture
def many(project):
    """A collection of 130 images."""
    images = tuple(wanted(slug=f"n{n}", title=f"Number {n}") for n in range(130))
    with reviewed(project, images) as one:
        yield one


def test_pages_hold_sixty_images_each_and_none_is_shown_twice_or_never(many: Reviewed):
    client = many.client()
    pages = [client.get(f"/c/test?page={page}").text for page in (1, 2, 3)]
    assert [len(keys(page)) for page in pages] == [60, 60, 10]
    assert [key for page in pages for key in keys(page)] == [f"test.icons.n{n}" for n in range(130)]
    assert "130 images" in pages[0]
    assert "Page 2 of 3" in pages[1]
    assert 'rel="next" href="?page=2"' in pages[0]
    assert 'rel="prev"' not in pages[0]
    assert 'rel="next"' not in pages[2]


def test_a_page_beyond_the_last_is_the_last(many: Reviewed):
    page = many.client().get("/c/test?page=99").text
    assert len(keys(page)) == 10
    assert "Page 3 of 3" in page


def test_an_empty_result_says_so_and_leads_back(client):
    page = client.get("/c/test?text=nothing+like+it").text
    assert "No image matches" in page
    assert 'href="/c/test"' in page


def test_retired_images_are_not_on_the_wall(filled, client):
    filled.execute("UPDATE store.images SET retired_at = now() WHERE image_key = $1", COMPASS)
    assert COMPASS not in keys(client.get("/c/test").text)


@pytest.mark.parametrize("name", ["nothing", "TEST", "..", "a%00b", "%2e%2e"])
def test_an_unknown_collection_is_not_there(client, name):
    assert client.get(f"/c/{name}").status_code in (303, 404, 200 if name in ("..", "%2e%2e") else 404)


def test_tiles_that_have_changed_are_given_one_by_one(filled, client):
    filled.make(IMAGES[3], "white")
    given = client.get(f"/api/tiles?keys={ANCHOR},{LANTERN},nonsense,test.icons.nothing&checks=failed").json()["tiles"]
    assert sorted(given) == [ANCHOR, LANTERN]
    assert 'data-state="done"' in given[ANCHOR]
    assert "?checks=failed" in given[ANCHOR]


def test_the_first_page_shows_every_collection_with_its_progress_and_money(filled, client):
    filled.execute("INSERT INTO store.balances VALUES ('sandbox', 'collection:test', 0.142, 0.02)")
    filled.execute("INSERT INTO store.balances VALUES ('live', 'collection:test', 9, 9)")
    page = client.get("/").text
    assert "<strong>6</strong> of 7 made" in page
    assert "1 missing" in page
    assert "1 to look at" in page
    assert "$0.142 spent" in page
    assert "$0.02 held" in page
    assert "<script>alert" not in page


def test_the_phase_on_the_first_page_is_what_counts_in_this_mode(filled, client):
    def phase():
        return re.search(r'class="badge phase-(\w+)"', client.get("/").text)[1]

    assert phase() == "sample"
    approval = (
        "INSERT INTO store.approvals VALUES ('a', $1, 'test', 'x', '{}', 1, 'Ada', now(), ['k'], NULL, NULL, NULL)"
    )
    filled.execute(approval, "live")
    assert phase() == "sample"
    filled.execute("UPDATE store.approvals SET mode = 'sandbox'")
    assert phase() == "canary"
    filled.execute("UPDATE store.approvals SET canary_passed_at = now()")
    assert phase() == "production"
    filled.execute("INSERT INTO store.controls VALUES ('sandbox', 'test', 'paused', 'Ada', now())")
    assert phase() == "paused"


def test_without_a_collection_the_first_page_says_how_to_begin(project):
    with reviewed(project, ()) as one:
        assert "asset-pipeline sync" in one.client().get("/").text
