"""The pages of the prompts: unsaved texts are tried on real images, and a save takes nobody else's change away."""

import html
import json
import re

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from asset_pipeline.ledger import Database
from asset_pipeline.paths import Paths
from asset_pipeline.prompts.sources import BUILT_IN, MAX_BYTES
from asset_pipeline.review.editing import sha256_of
from asset_pipeline.review.editors import PromptEditors, _name_of
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline_tests.support.pages import CSRF, assert_keeps_the_policy, client_of, render
from asset_pipeline_tests.support.wanted import wanted

EVIL = '</textarea><script>alert("1")</script>'
ICONS = (BUILT_IN / "icons.md").read_text(encoding="utf-8")
OWN = "A plain drawing of {{ image.title }}.\n"
BROKEN = "A drawing\nof {{ image.titel }}\n"


@pytest.fixture
def paths(tmp_path):
    return Paths(root=tmp_path, data=tmp_path / "data", specs=tmp_path / "specs")


@pytest.fixture
def database(paths):
    """The catalog: images of three types."""
    with Database(paths.database) as one:
        paths.data.mkdir(parents=True)
        images = (
            wanted(),
            wanted(slug="hub", title="Hub", type="covers", width=1500, height=400),
            wanted(slug="evil", title=EVIL),
            wanted(slug="paper", type="textures", width=512, height=512),
        )
        Catalog(one).sync([Collection("test", "Test", "t.yaml", "0", images)])
        yield one


@pytest.fixture
def client(database, paths):
    return client_of(PromptEditors(database, paths, mode="sandbox", render=render).routes())


def save(client, text, *, opened=ICONS, name="icons.md", **fields):
    form = {"action": "save", "text": text, "sha256": sha256_of(opened), "csrf": CSRF} | fields
    return client.post(f"/prompts/{name}", data=form)


def own(paths, name="icons.md", text=OWN):
    """Write a file of the person's."""
    path = paths.prompts / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def files(folder):
    """Return the files there are, but for the database's."""
    return sorted(path for path in folder.rglob("*") if ".duckdb" not in path.name)


def textarea(page):
    """Return what the browser would have in the editor."""
    (found,) = re.findall(r"<textarea[^>]*>\n(.*)</textarea>", page.text, flags=re.DOTALL)
    return html.unescape(found)


def preview(client, text, **changes):
    return client.post("/api/prompts/preview", json={"name": "icons.md", "text": text, "image": ""} | changes)


def test_the_list_says_of_each_file_whose_it_is_and_what_is_wrong_with_it(client, paths):
    own(paths)
    own(paths, "test/covers.md", BROKEN)
    own(paths, "textures.md", (BUILT_IN / "textures.md").read_text(encoding="utf-8"))
    own(paths, "notes.txt", "odd")
    page = assert_keeps_the_policy(client.get("/prompts").text)
    assert "icons.md" in page.text
    assert "Covers built-in" in page.text
    assert "yours differs" in page.text
    assert "yours says the same" in page.text
    assert "data/prompts/test/covers.md:2: " in page.text
    links = {one["href"] for one in page.all("a")}
    assert links >= {"/prompts/icons.md", "/prompts/tones.yaml", "/prompts/test/covers.md"}
    assert "/prompts/notes.txt" not in links
    assert "approvals that were given before end with it" in page.text


def test_the_list_leads_to_the_file_of_one_collection_without_any_script(client):
    answer = client.get("/prompts?collection=test&type=icons")
    assert (answer.status_code, answer.headers["location"]) == (303, "/prompts/test/icons.md")


def test_the_editor_has_the_text_that_counts_and_the_prompt_it_makes_of_an_image_of_its_type(client):
    answer = client.get("/prompts/icons.md")
    page = assert_keeps_the_policy(answer.text)
    assert textarea(answer) == ICONS
    assert "test.icons.lantern" in page.text
    assert "test.covers.hub" not in page.text
    assert "standing for Lantern" in page.text
    assert {"id": "text"}.items() <= page.all("textarea")[0].items()
    assert [one for one in page.all("label") if one.get("for") == "text"]


def test_a_text_that_is_not_saved_is_tried_on_the_image_that_is_asked_for(client, paths):
    answer = preview(client, OWN, image="test.icons.evil").json()
    assert (answer["image"], answer["problems"]) == ("test.icons.evil", [])
    assert answer["prompt"] == f"A plain drawing of {EVIL}."
    assert "<script" not in answer["html"]
    assert not paths.prompts.exists()


def test_what_is_wrong_with_a_text_is_said_with_file_and_line(client):
    answer = preview(client, BROKEN).json()
    assert answer["prompt"] is None
    assert [(one["file"], one["line"]) for one in answer["problems"]] == [("data/prompts/icons.md", 2)]
    assert answer["problems"][0]["text"].startswith("data/prompts/icons.md:2: ")
    assert 'data-line="2"' in answer["html"]


def test_an_image_that_is_not_in_the_catalog_is_replaced_by_one_that_is(client):
    assert preview(client, OWN, image="test.icons.gone").json()["image"] == "test.icons.lantern"


def test_without_any_image_a_text_is_tried_on_a_made_up_one(paths):
    with Database(paths.database) as none:
        client = client_of(PromptEditors(none, paths, mode="sandbox", render=render).routes())
        assert preview(client, OWN).json()["prompt"] == "A plain drawing of Lantern."
        assert "it is tried on a made-up one" in client.get("/prompts/icons.md").text
        assert not none.exists


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


def test_the_preview_button_works_without_a_script_and_saves_nothing(client, paths):
    answer = client.post(
        "/prompts/icons.md",
        data={"action": "preview", "text": OWN, "sha256": sha256_of(ICONS), "image": "test.icons.lantern"},
    )
    page = assert_keeps_the_policy(answer.text)
    assert answer.status_code == 200
    assert "A plain drawing of Lantern." in page.text
    assert textarea(answer) == OWN
    assert "+A plain drawing of {{ image.title }}." in page.text
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


def test_there_is_no_file_of_a_collection_that_is_not_there(client, paths):
    assert client.get("/prompts/other/icons.md").json()["error"].startswith("there is no collection 'other'")
    assert save(client, OWN, name="other/icons.md").status_code == 400
    assert not paths.prompts.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../../pipeline.yaml",
        "..%2f..%2fpipeline.yaml",
        "/etc/passwd",
        "a/b/icons.md",
        ".hidden.md",
        "icons.txt",
        "icons.md%00",
        "ICONS.MD",
        "test\\icons.md",
    ],
)
def test_names_that_lead_anywhere_else_are_refused(client, paths, tmp_path, name):
    before = files(tmp_path)
    assert client.get(f"/prompts/{name}").status_code == 404
    assert save(client, OWN, name=name).status_code == 404
    assert client.post(f"/prompts/{name}", data={"action": "reset", "confirm": "on"}).status_code == 404
    assert preview(client, OWN, name=name).status_code == 404
    assert files(tmp_path) == before


@pytest.mark.parametrize("name", ["../../pipeline.yaml", "test/../icons.md", "icons.md\n"])
def test_a_name_is_refused_whatever_a_client_has_made_of_the_address(name):
    with pytest.raises(HTTPException):
        _name_of(Request({"type": "http", "path_params": {"name": name}}))


def test_a_link_that_leads_out_of_the_folder_is_neither_read_nor_written(client, paths, tmp_path):
    outside = tmp_path / "outside.md"
    outside.write_text("a secret {{ image.title }}", encoding="utf-8")
    paths.prompts.mkdir(parents=True)
    (paths.prompts / "icons.md").symlink_to(outside)
    (tmp_path / "elsewhere").mkdir()
    (paths.prompts / "test").symlink_to(tmp_path / "elsewhere")
    for answer in (
        client.get("/prompts/icons.md"),
        save(client, OWN),
        client.post("/prompts/icons.md", data={"action": "reset", "confirm": "on"}),
        save(client, OWN, name="test/icons.md"),
    ):
        assert answer.status_code == 400
        assert "a secret" not in answer.text
    assert outside.read_text(encoding="utf-8") == "a secret {{ image.title }}"
    assert not list((tmp_path / "elsewhere").iterdir())
    assert not paths.prompt_backups.exists()


def test_a_file_that_nothing_reads_cannot_be_opened(client):
    assert client.get("/prompts/pictures.md").status_code == 400
    assert client.get("/prompts/test/tones.yaml").status_code == 400


def test_hostile_text_stays_text_wherever_it_is_shown(client, paths):
    own(paths, text=f"{EVIL} {{{{ image.title }}}}\n")
    for answer in (
        client.get("/prompts/icons.md"),
        save(client, f"{EVIL}\n{{% bad %}}", opened=f"{EVIL} {{{{ image.title }}}}\n"),
    ):
        page = assert_keeps_the_policy(answer.text)
        assert EVIL in textarea(answer)
        assert page.text.count("alert(") > 1


def test_half_of_a_character_becomes_a_question_mark_and_no_error(client):
    raw = json.dumps({"name": "icons.md", "text": "a \ud800 {{ image.title }}", "image": ""})
    answer = client.post("/api/prompts/preview", content=raw, headers={"content-type": "application/json"})
    assert answer.json()["prompt"] == "a ? Lantern"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000, b'{"name": 1}', b'"x"'])
def test_a_body_that_is_not_ours_is_refused(client, body):
    assert client.post("/api/prompts/preview", content=body).status_code in (400, 404)


def test_an_action_that_there_is_not_is_refused(client):
    assert client.post("/prompts/icons.md", data={"action": "burn"}).status_code == 400


def test_a_place_of_a_backup_is_only_said_where_there_is_one(client):
    text = client.get("/prompts/icons.md?done=saved&kept=<b>../../etc/passwd").text
    assert "Saved." in text
    assert "kept as" not in text
    assert "passwd" not in text


def test_the_editor_names_the_approvals_that_would_end(client, database):
    for mode in ("live", "sandbox"):
        sql = (
            "INSERT INTO store.approvals (approval_id, mode, collection, basis_sha256, basis, amount_usd, reviewer,"
            " created_at, ended_at) VALUES ($1, $1, 'test', '', '', 1, 'me', now(), NULL)"
        )
        assert "test would wait for a new one" not in assert_keeps_the_policy(client.get("/prompts/icons.md").text).text
        database.run(lambda c, sql=sql, mode=mode: c.execute(sql, [mode]) and None)
    assert "test would wait for a new one" in assert_keeps_the_policy(client.get("/prompts/icons.md").text).text


def test_the_same_image_is_shown_in_each_tone_with_what_is_new_in_it(client):
    tones = (BUILT_IN / "tones.yaml").read_text(encoding="utf-8")
    answer = preview(client, tones, name="tones.yaml").json()
    assert answer["image"] == "test.covers.hub"
    assert answer["html"].count("<article") == 7
    assert answer["html"].count("tone-usual") == 1
    assert "<mark>" in answer["html"]
    usual = answer["html"].partition("tone-usual")[2].partition("</article>")[0]
    assert "<mark>" not in usual


def test_where_a_template_asks_for_no_tone_the_page_says_so(client):
    tones = (BUILT_IN / "tones.yaml").read_text(encoding="utf-8")
    shown = preview(client, tones, name="tones.yaml", image="test.textures.paper").json()["html"]
    assert "says the same in every tone" in shown
    assert "<mark>" not in shown


def test_tones_with_a_problem_are_not_rendered_one_by_one(client):
    answer = preview(client, "default: nowhere\n", name="tones.yaml").json()
    assert answer["problems"]
    assert "<article" not in answer["html"]
