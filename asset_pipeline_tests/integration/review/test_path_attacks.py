"""Paths that want to lead out, sent to the review page: as addresses, in bodies, and as rows of a database."""

import pytest

from asset_pipeline.errors import PipelineError
from asset_pipeline.review.contact_sheet import ContactSheets
from asset_pipeline.review.editing import PromptDesk, sha256_of
from asset_pipeline_tests.support.attacks import ATTACKS, CANARY, SECRET, forms
from asset_pipeline_tests.support.raw_requests import raw_gets
from asset_pipeline_tests.support.reviewed import LANTERN, csrf_of

ADDRESSES = (
    *("/files/{}", "/files/{}/original", "/files/{}/earlier/1", f"/files/{LANTERN}/earlier/{{}}"),
    *(f"/files/{LANTERN}/rendition/{{}}", "/thumbs/{}", f"/thumbs/{LANTERN}/earlier/{{}}", "/i/{}", "/compare/{}"),
    *("/c/{}", "/c/{}/panel", "/prompts/{}", "/static/{}"),
)


@pytest.fixture
def canaries(filled, outside):
    """Canaries wherever a path that leads up from a folder of the project would come."""
    root = filled.project.root
    for folder in (root.parent, root, root / "data", root / "data" / "images", root / "data" / "prompts"):
        folder.mkdir(exist_ok=True)
        (folder / CANARY).write_bytes(SECRET)


def tree(root):
    """Return what lies in a project, but for what the ledger and its servers write while they are asked."""
    return {path for path in root.rglob("*") if path.suffix not in (".duckdb", ".lock", ".wal")}


def test_no_address_leads_anywhere_but_to_what_the_catalog_names(filled, client, canaries):
    before = tree(filled.project.root)
    asked = [
        address.format(form)
        for number, attack in enumerate(ATTACKS.values())
        for form in forms(attack)
        for address in ("/files/{}", "/prompts/{}", "/static/{}", ADDRESSES[number % len(ADDRESSES)])
    ]
    answers = raw_gets(client, asked)
    assert len(answers) > 2000
    # An empty name is a page of its own, and a slash at the end is taken away by asking anew.
    taken = {path: status for path, (status, _) in answers.items() if status not in (307, 400, 404)}
    assert taken.keys() <= {"/prompts/"}
    assert [path for path, (_, body) in answers.items() if SECRET in body or b"root:" in body] == []
    assert tree(filled.project.root) == before


def test_no_key_or_name_in_a_body_leads_anywhere_either(filled, client, canaries):
    before = tree(filled.project.root)
    csrf, desk = {"X-CSRF-Token": csrf_of(client)}, PromptDesk(filled.project.paths)
    for number, attack in enumerate(ATTACKS.values()):
        for act in (desk.open, desk.reset, lambda name: desk.save(name, "x", opened_sha256=sha256_of(""))):
            with pytest.raises(PipelineError):
                act(attack)
        if number % 8 == 0:
            one = {"image_key": attack.encode(errors="replace").decode(), "kind": "approve"}
            for address in ("/api/decisions", "/api/price"):
                assert client.post(address, json={"decisions": [one]}, headers=csrf).status_code == 400
    assert filled.desk.asked == []
    assert tree(filled.project.root) == before


def test_no_row_of_the_database_leads_out_of_the_places_of_the_project(filled, client, canaries, outside):
    paths = filled.project.paths
    for attack in (*ATTACKS.values(), str(outside.folder / CANARY), CANARY):
        for stored in (attack, f"images/{attack}", f"rejected/{attack}", f"images/test/icons/{attack}"):
            found = paths.find_file(stored)
            assert found is None or found.name == CANARY, stored  # the one that lies in the folder of images
    for attack in [*list(ATTACKS.values())[::40], str(outside.folder / CANARY), f"images/../{CANARY}"]:
        filled.execute("UPDATE store.deliveries SET path = $1 WHERE image_key = $2", attack, LANTERN)
        filled.execute("UPDATE store.originals SET path = $1", attack)
        for path in (f"/files/{LANTERN}", f"/files/{LANTERN}/original", f"/thumbs/{LANTERN}"):
            answer = client.get(path)
            assert answer.status_code == 404
            assert SECRET not in answer.content
    ContactSheets(filled.database, paths).write("test")
    assert SECRET not in (paths.reports / "test" / "contact-sheet.html").read_bytes()


def test_a_folder_that_becomes_a_link_is_not_served(filled, client, outside):
    folder = filled.project.paths.images / "test"
    assert client.get(f"/files/{LANTERN}").status_code == 200
    folder.rename(folder.with_name("aside"))
    folder.symlink_to(outside.folder)
    assert client.get(f"/files/{LANTERN}").status_code == 404
    assert client.get(f"/files/{LANTERN}/original").status_code == 200
