"""What the pages of the prompts refuse: names that lead elsewhere, links, odd bodies; and hostile text stays text."""

import json

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from asset_pipeline.review.editors import _name_of
from asset_pipeline_tests.support.pages import assert_keeps_the_policy
from asset_pipeline_tests.unit.review.editors.forms import EVIL, OWN, files, own, preview, save, textarea


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
