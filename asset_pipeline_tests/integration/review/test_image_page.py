"""The page of one image: all that is known of it, what can be decided, and nothing that a text could smuggle in."""

import html
import re

from asset_pipeline.images.aside import set_aside
from asset_pipeline_tests.support.reviewed import (
    ANCHOR,
    BANNER,
    COMPASS,
    DRAWN,
    EVIL,
    EVIL_ONE,
    LANTERN,
)
from asset_pipeline_tests.support.wanted import wanted

COMPASS_2 = "test.icons.compass-2"


def text_of(answer):
    """Return what a person reads on a page, with single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_it_shows_the_picture_with_what_it_is_for(client):
    answer = client.get(f"/i/{LANTERN}")
    page = text_of(answer)
    assert "Lantern" in page
    assert "A light that is carried." in page
    assert "recraft-ai/recraft-v3" in page
    assert re.search(r'<img id="picture" src="/files/test\.icons\.lantern\?v=[0-9a-f]{64}" alt="Lantern"', answer.text)


def test_the_picture_is_shown_at_its_size_on_light_and_dark_and_where_it_is_clear_on_a_chessboard(client):
    opaque, clear = client.get(f"/i/{LANTERN}").text, client.get(f"/i/{BANNER}").text
    assert re.findall(r'class="ground ground-(\w+)"', opaque) == ["light", "dark"]
    assert re.findall(r'class="ground ground-(\w+)"', clear) == ["light", "dark", "checkerboard"]


def test_the_competition_stands_side_by_side_with_scores_reasons_winner_and_who_was_kept_out(client):
    answer = client.get(f"/i/{LANTERN}")
    candidates = re.findall(r'<li class="card candidate([^"]*)" data-candidate="(\d)"', answer.text)
    assert candidates == [(" is-winner", "0"), ("", "1"), (" is-out", "2")]
    page = text_of(answer)
    assert "winner 8.25" in page
    assert "relevance 8.5 Named precisely." in page
    assert "Too plain." in page
    assert "refusal: it says so" in page
    assert "Pick 2" in page
    assert "Pick 1" not in page, "the winner needs no picking"
    assert "Pick 3" not in page, "who was kept out cannot be picked"


def test_every_call_is_listed_with_its_cost_and_they_add_up(client):
    page = text_of(client.get(f"/i/{LANTERN}"))
    assert "image maker/model settled, succeeded $0.04" in page
    assert "writer maker/model settled, succeeded $0.002" in page
    assert "Together $0.042" in page
    assert "p-c1" in page


def test_checks_are_listed_with_value_and_threshold_failures_first(client):
    answer = client.get(f"/i/{LANTERN}")
    page = text_of(answer)
    assert "palette 21.5 ΔE2000 ≤ 15 its colours are not the theme's" in page
    assert page.index("palette 21.5") < page.index("size 0 px")


def test_decisions_are_listed_newest_first_with_those_that_were_taken_back(filled, client):
    filled.decided(LANTERN, "reject", review_id="r1", note=EVIL)
    filled.execute("UPDATE store.reviews SET undone_at = now(), undone_by = 'Ada'")
    filled.decided(LANTERN, "approve", review_id="r2")
    answer = client.get(f"/i/{LANTERN}")
    page = text_of(answer)
    assert page.index("approve by Grace") < page.index("reject by Grace")
    assert "taken back by Ada" in page
    assert "<script>alert" not in answer.text
    assert EVIL.replace("  ", " ") in html.unescape(answer.text)
    assert 'data-after="r2"' in answer.text


def test_texts_from_specs_models_and_people_are_shown_and_never_run(filled, client):
    filled.execute("UPDATE store.candidates SET rationale = $1, reason = $1, disqualified = $1, brief = $1", EVIL)
    filled.execute("UPDATE store.scores SET reason = $1, criterion = $1", EVIL)
    filled.execute("UPDATE store.competitions SET fallback = $1", EVIL)
    filled.execute("UPDATE store.checks SET text = $1, unit = $1", EVIL)
    filled.execute("UPDATE store.calls SET model = $1, provider_call_id = $1", EVIL)
    filled.decided(EVIL_ONE, EVIL, review_id="r1", note=EVIL)
    filled.execute("UPDATE store.reviews SET reviewer = $1", EVIL)
    for path in (f"/i/{EVIL_ONE}", f"/i/{LANTERN}", "/c/test", f"/compare/{EVIL_ONE}", "/"):
        text = client.get(path).text
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
    assert "{{ 7 * 7 }}" in html.unescape(client.get(f"/i/{EVIL_ONE}").text)


def test_neighbours_are_those_of_the_wall_that_it_was_opened_from(client):
    plain = client.get(f"/i/{COMPASS}").text
    assert f'rel="prev" href="/i/{LANTERN}"' in plain
    assert f'rel="next" href="/i/{COMPASS_2}"' in plain
    filtered = client.get(f"/i/{LANTERN}?checks=failed").text
    assert f'href="/i/{BANNER}?checks=failed"' in filtered
    assert 'rel="prev"' not in filtered


def test_an_image_that_has_left_its_filter_still_leads_to_the_next_one_in_it(filled, client):
    page = client.get(f"/i/{COMPASS}?checks=failed").text
    assert f'rel="prev" href="/i/{LANTERN}?checks=failed"' in page
    assert f'rel="next" href="/i/{BANNER}?checks=failed"' in page


def test_an_image_that_is_not_made_says_so_and_offers_nothing_to_zoom(client):
    answer = client.get(f"/i/{ANCHOR}")
    assert answer.status_code == 200
    assert 'id="picture"' not in answer.text
    page = text_of(answer)
    assert "There has been no competition" in page
    assert "Nothing has been paid" in page


def test_a_retired_image_can_still_be_looked_at(filled, client):
    filled.execute("UPDATE store.images SET state = 'retired', retired_at = now() WHERE image_key = $1", LANTERN)
    page = text_of(client.get(f"/i/{LANTERN}"))
    assert "retired" in page
    assert "$0.042" in page


def test_a_rejected_image_is_shown_from_where_its_file_is_kept(filled, client):
    before = client.get(f"/files/{LANTERN}")
    (path,) = filled.execute("SELECT path FROM images WHERE image_key = $1", LANTERN)[0]
    filled.execute("UPDATE store.images SET state = 'rejected' WHERE image_key = $1", LANTERN)
    set_aside(filled.project.paths, [path])
    assert f'<img id="picture" src="/files/{LANTERN}?v=' in client.get(f"/i/{LANTERN}").text
    after = client.get(f"/files/{LANTERN}")
    assert (after.status_code, after.content) == (200, before.content)


def test_earlier_pictures_are_listed_by_their_originals(filled, client):
    assert "Earlier pictures" not in client.get(f"/i/{LANTERN}").text
    filled.make(wanted(), "white")
    page = client.get(f"/i/{LANTERN}").text
    (link,) = set(re.findall(rf'href="(/files/{LANTERN}/earlier/\d+)"', page))
    assert client.get(link).status_code == 200


def test_variants_are_compared_in_the_spec_s_order_and_one_is_chosen_by_a_form(filled, client):
    assert f'href="/compare/{COMPASS}"' in client.get(f"/i/{COMPASS}").text
    assert "/compare/" not in client.get(f"/i/{LANTERN}").text
    for key in (COMPASS, COMPASS_2):
        page = client.get(f"/compare/{key}").text
        assert re.findall(r'class="card variant[^"]*" data-key="([^"]+)"', page) == [COMPASS, COMPASS_2]
        assert 'type="range"' in page
    assert page.count('name="kind" value="choose"') == 2


def test_an_image_without_variants_is_compared_with_nothing(client):
    page = client.get(f"/compare/{DRAWN}").text
    assert "Compare 1 variant" in page
    assert 'type="range"' not in page


def test_an_image_that_nobody_knows_is_not_there(client):
    for path in ("/i/test.icons.nothing", "/compare/test.icons.nothing", "/i/nonsense", "/i/a.b.c"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "there is no such image" in answer.text.lower()
