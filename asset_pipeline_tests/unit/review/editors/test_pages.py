"""The pages of the prompts: whose each file is, and what a text makes of real images before it is saved."""

from asset_pipeline.ledger import Database
from asset_pipeline.prompts.sources import BUILT_IN
from asset_pipeline.review.editing import sha256_of
from asset_pipeline.review.editors import PromptEditors
from asset_pipeline_tests.support.pages import assert_keeps_the_policy, client_of, render
from asset_pipeline_tests.unit.review.editors.forms import BROKEN, EVIL, ICONS, OWN, own, preview, textarea


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
