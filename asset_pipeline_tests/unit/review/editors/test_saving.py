"""Saving and resetting prompt files: checked first, never over somebody else's change, and what was there is kept."""

from asset_pipeline.prompts.sources import MAX_BYTES
from asset_pipeline_tests.support.pages import assert_keeps_the_policy
from asset_pipeline_tests.unit.review.editors.forms import BROKEN, ICONS, OWN, own, save, textarea


def test_a_text_is_saved_and_the_one_before_is_kept_and_said_where(client, paths):
    first = save(client, OWN)
    assert (first.status_code, first.headers["location"]) == (303, "/prompts/icons.md?done=saved")
    second = save(client, OWN + "Calm.\n", opened=OWN)
    assert (paths.prompts / "icons.md").read_text(encoding="utf-8") == OWN + "Calm.\n"
    (kept,) = (paths.data / "backups" / "prompts").iterdir()
    assert kept.read_text(encoding="utf-8") == OWN
    page = assert_keeps_the_policy(client.get(second.headers["location"]).text)
    assert f"Saved. The text before is kept as data/backups/prompts/{kept.name}." in page.text


def test_line_ends_of_a_browser_become_ours(client, paths):
    save(client, "A plain drawing\r\nof {{ image.title }}.\r\n")
    assert (paths.prompts / "icons.md").read_bytes() == b"A plain drawing\nof {{ image.title }}.\n"


def test_a_stale_save_changes_nothing_and_shows_both_texts(client, paths):
    path = own(paths, text="Somebody else's {{ image.title }}.\n")
    answer = save(client, OWN, opened=ICONS)
    assert answer.status_code == 409
    assert path.read_text(encoding="utf-8") == "Somebody else's {{ image.title }}.\n"
    page = assert_keeps_the_policy(answer.text)
    assert "Not saved: the file has been changed since you opened it" in page.text
    assert "-Somebody else's {{ image.title }}." in page.text
    assert "+A plain drawing of {{ image.title }}." in page.text
    assert textarea(answer) == OWN
    (now,) = [one["value"] for one in page.all("input") if one.get("name") == "sha256"]
    assert save(client, OWN, sha256=now).status_code == 303
    assert path.read_text(encoding="utf-8") == OWN


def test_a_save_without_any_hash_is_stale(client, paths):
    assert save(client, OWN, sha256="").status_code == 409
    assert not paths.prompts.exists()


def test_a_text_with_problems_is_not_saved_and_stays_in_the_editor(client, paths):
    answer = save(client, BROKEN)
    assert answer.status_code == 422
    assert "data/prompts/icons.md:2" in assert_keeps_the_policy(answer.text).text
    assert textarea(answer) == BROKEN
    assert not paths.prompts.exists()


def test_a_text_that_is_too_long_to_be_read_again_is_not_saved(client, paths):
    answer = save(client, "a " * MAX_BYTES)
    assert answer.status_code == 422
    assert "200,000 are allowed" in answer.text
    assert not paths.prompts.exists()


def test_a_reset_has_to_be_meant_takes_the_file_away_and_keeps_it(client, paths):
    path = own(paths)
    assert client.post("/prompts/icons.md", data={"action": "reset"}).status_code == 422
    assert path.exists()
    answer = client.post("/prompts/icons.md", data={"action": "reset", "confirm": "on"})
    assert not path.exists()
    (kept,) = (paths.data / "backups" / "prompts").iterdir()
    assert kept.read_text(encoding="utf-8") == OWN
    after = client.get(answer.headers["location"])
    assert textarea(after) == ICONS
    assert f"kept as data/backups/prompts/{kept.name}" in assert_keeps_the_policy(after.text).text


def test_a_file_of_one_collection_begins_as_what_counts_without_it(client, paths):
    own(paths)
    answer = client.get("/prompts/test/icons.md")
    assert textarea(answer) == OWN
    assert save(client, "Only here: {{ image.title }}.\n", opened=OWN, name="test/icons.md").status_code == 303
    assert (paths.prompts / "test" / "icons.md").read_text(encoding="utf-8") == "Only here: {{ image.title }}.\n"
    page = assert_keeps_the_policy(client.get("/prompts/test/icons.md").text)
    assert "How it differs from data/prompts/icons.md" in page.text
