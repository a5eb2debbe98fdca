"""Files: by the key of their image only, from inside the data folder only, and harmless whatever is in them."""

import hashlib
import io
from urllib.parse import quote

import pytest
from PIL import Image

from asset_pipeline.images.files import FileStore
from asset_pipeline_tests.support.raw_requests import raw_get
from asset_pipeline_tests.support.reviewed import BANNER, COMPASS, DRAWN, LANTERN, SVG
from asset_pipeline_tests.support.wanted import wanted


def test_the_finished_file_and_its_original_are_served_as_they_are(filled, client):
    ((stored, sha256),) = filled.execute("SELECT path, sha256 FROM main.images WHERE image_key = $1", LANTERN)
    answer = client.get(f"/files/{LANTERN}")
    assert answer.content == (filled.project.paths.data / stored).read_bytes()
    assert hashlib.sha256(answer.content).hexdigest() == sha256
    assert answer.headers["content-type"] == "image/png"
    assert client.get(f"/files/{DRAWN}/original").content == SVG


def test_a_file_that_is_asked_for_by_its_hash_is_kept_for_ever_and_another_is_asked_for_again(filled, client):
    ((sha256,),) = filled.execute("SELECT sha256 FROM main.images WHERE image_key = $1", LANTERN)
    kept, asked = client.get(f"/files/{LANTERN}?v={sha256}"), client.get(f"/files/{LANTERN}?v={'0' * 64}")
    assert "immutable" in kept.headers["cache-control"]
    assert "private" in kept.headers["cache-control"]
    assert asked.headers["cache-control"] == "private, no-cache"
    again = client.get(f"/files/{LANTERN}", headers={"if-none-match": asked.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_svg_is_served_so_that_nothing_in_it_runs(client):
    answer = client.get(f"/files/{DRAWN}/original")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["content-security-policy"] == (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_small_picture_is_a_webp_of_at_most_320_pixels_that_is_made_once(filled, client):
    first = client.get(f"/thumbs/{BANNER}")
    with Image.open(io.BytesIO(first.content)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (320, 85))
    kept = list((filled.project.paths.data / "cache" / "thumbs").rglob("*.webp"))
    assert len(kept) == 1
    kept[0].write_bytes(b"the same")
    assert client.get(f"/thumbs/{BANNER}").content == b"the same"


def test_a_small_picture_that_a_page_has_named_is_served_without_the_database(filled, client):
    client.get("/c/test")
    ((sha256,),) = filled.execute("SELECT sha256 FROM main.images WHERE image_key = $1", LANTERN)
    client.get(f"/thumbs/{LANTERN}?v={sha256}")
    filled.database.arun = None
    answer = client.get(f"/thumbs/{LANTERN}?v={sha256}")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]


def test_a_small_picture_of_an_svg_is_drawn(filled, client):
    (filled.project.paths.images / "test" / "icons" / "drawn.png").unlink()
    answer = client.get(f"/thumbs/{DRAWN}")
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.format == "WEBP"
        assert max(picture.size) == 320


def test_a_new_picture_has_a_new_small_one(filled, client):
    before = client.get(f"/thumbs/{LANTERN}")
    filled.make(wanted(), "white")
    after = client.get(f"/thumbs/{LANTERN}")
    assert before.headers["etag"] != after.headers["etag"]
    assert before.content != after.content


def test_a_rejected_or_retired_image_still_shows_its_original(filled, client):
    filled.execute("UPDATE store.images SET state = 'rejected' WHERE image_key = $1", LANTERN)
    filled.execute("UPDATE store.images SET state = 'retired', retired_at = now() WHERE image_key = $1", COMPASS)
    (filled.project.paths.images / "test" / "icons" / "lantern.png").unlink()
    assert client.get(f"/files/{LANTERN}").status_code == 404
    for key in (LANTERN, COMPASS):
        assert client.get(f"/files/{key}/original").status_code == 200
        assert client.get(f"/thumbs/{key}").status_code == 200


def test_what_earlier_pictures_were_made_of_is_there_by_their_delivery_and_only_for_their_own_image(filled, client):
    filled.make(wanted(), "white")
    rows = filled.execute("SELECT delivery_id FROM store.deliveries WHERE image_key = $1 ORDER BY 1", LANTERN)
    (first,), (second,) = rows
    before, now = client.get(f"/files/{LANTERN}/earlier/{first}"), client.get(f"/files/{LANTERN}/earlier/{second}")
    assert before.status_code == now.status_code == 200
    assert before.content != now.content
    assert client.get(f"/thumbs/{LANTERN}/earlier/{first}").status_code == 200
    assert client.get(f"/files/{COMPASS}/earlier/{first}").status_code == 404
    assert client.get(f"/files/{LANTERN}/earlier/999999").status_code == 404
    assert client.get(f"/files/{LANTERN}/earlier/-1").status_code == 404
    assert client.get(f"/files/{LANTERN}/earlier/1%20OR%201").status_code == 404


def test_further_files_are_served_by_their_number(filled, client):
    stored = FileStore(filled.project.paths).deliver_rendition(wanted(), "lantern@2x.png", b"twice")
    filled.doubt(LANTERN, further=(stored,))
    assert client.get(f"/files/{LANTERN}/rendition/1").content == b"twice"
    assert [client.get(f"/files/{LANTERN}/rendition/{number}").status_code for number in (0, 2)] == [404, 404]


TRAVERSALS = [
    "../pipeline.duckdb",
    "..",
    "../../etc/passwd",
    "test.icons.lantern/../../../pipeline.duckdb",
    "....//....//etc/passwd",
    "/etc/passwd",
    "test.icons.../lantern",
    "test.icons.lantern\x00.png",
    "test/icons/lantern.png",
    "..\\..\\pipeline.duckdb",
    "test.icons.lantern.png",
    "TEST.ICONS.LANTERN",
    "test.icons.%",
    "test.icons.lantern;x",
]


def test_no_address_leads_out_of_the_catalog(client):
    for key in TRAVERSALS:
        for form in (key, quote(key, safe=""), quote(quote(key, safe=""), safe=""), key.replace(".", "%2e")):
            for path in (
                f"/files/{form}",
                f"/thumbs/{form}",
                f"/files/{form}/original",
                f"/i/{form}",
                f"/compare/{form}",
            ):
                status, body = raw_get(client, path)
                assert status == 404, path
                assert b"root:" not in body


def test_a_raw_request_for_what_is_there_is_answered(client):
    assert raw_get(client, f"/files/{LANTERN}/original")[0] == 200


@pytest.mark.parametrize(
    "stored", ["../outside.png", "/etc/hostname", "images/../../outside.png", "images/test/icons/link.png"]
)
def test_a_path_in_the_database_that_leads_out_of_the_data_folder_is_not_followed(filled, client, stored):
    outside = filled.project.root / "outside.png"
    outside.write_bytes(b"secret")
    (filled.project.paths.images / "test" / "icons" / "link.png").symlink_to(outside)
    filled.execute("UPDATE store.deliveries SET path = $1 WHERE image_key = $2", stored, LANTERN)
    filled.execute("UPDATE store.originals SET path = $1", stored)
    for path in (f"/files/{LANTERN}", f"/files/{LANTERN}/original", f"/thumbs/{LANTERN}"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert b"secret" not in answer.content


def test_what_is_no_picture_by_its_name_is_not_served_even_from_the_data_folder(filled, client):
    filled.execute("UPDATE store.deliveries SET path = 'pipeline.duckdb' WHERE image_key = $1", LANTERN)
    assert client.get(f"/files/{LANTERN}").status_code == 404


def test_a_picture_that_is_damaged_has_no_small_one_and_breaks_nothing(filled, client):
    (filled.project.paths.images / "test" / "icons" / "lantern.png").write_bytes(b"\x89PNG no")
    assert client.get(f"/thumbs/{LANTERN}").status_code == 404


def test_static_files_do_not_lead_out_of_their_folder(client):
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/js/../../app.py"):
        status, body = raw_get(client, path)
        assert status == 404, path
        assert b"review_app" not in body
