"""The manifest: every delivered file with where it comes from and what it cost, the same bytes each time."""

import hashlib
import json
from decimal import Decimal

import pytest
from PIL import Image

from asset_pipeline.errors import SetupError
from asset_pipeline.ledger import State
from asset_pipeline.provenance.books import write_manifest
from asset_pipeline.provenance.record import read_sources
from asset_pipeline_tests.support.ledgers import intent_for, rows, take, wait_for
from asset_pipeline_tests.unit.provenance.conftest import BANNER, COMPASS, LANTERN


def test_every_delivered_file_is_listed_as_it_lies_there(shelf):
    files = shelf.manifest().files
    assert [one.path for one in files] == ["covers/banner.webp", "icons/lantern.png"]
    for one in files:
        data = (shelf.folder / one.path).read_bytes()
        with Image.open(shelf.folder / one.path) as picture:
            assert (one.width, one.height) == picture.size
        assert (one.sha256, one.bytes) == (hashlib.sha256(data).hexdigest(), len(data))


def test_a_file_is_listed_with_all_that_it_comes_from(shelf):
    (lantern,) = [one for one in shelf.manifest().files if one.image_key == LANTERN.key]
    calls = {call.kind if call.kind != "writer" else call.model: call for call in lantern.calls}
    assert (lantern.type, lantern.title, lantern.format) == ("icons", "Lantern", "png")
    assert (lantern.model, lantern.model_version) == ("recraft-ai/recraft-v3", "hidden")
    assert (lantern.prediction_id, lantern.content_key) == ("p-content-lantern", "content-lantern")
    assert lantern.original is not None
    original = (shelf.paths.data / lantern.original.path).read_bytes()
    assert lantern.original.sha256 == hashlib.sha256(original).hexdigest()
    assert lantern.original.call_id == calls["image"].call_id
    prompt = lantern.prompt
    assert (prompt.prompt_key, prompt.writer, prompt.judge) == ("prompt-lantern", "writer/1", "the/judge")
    assert (prompt.writer_call_id, prompt.judge_call_id) == (calls["writer/1"].call_id, calls["judge"].call_id)
    assert [(call.kind, call.state, call.cost_usd) for call in lantern.calls if call.kind != "judge"] == [
        ("writer", "settled", Decimal("0.001")),
        ("writer", "settled", Decimal("0.001")),
        ("image", "settled", Decimal("0.04")),
    ]


def test_costs_add_up_to_all_that_was_spent_for_the_collection(shelf):
    manifest = shelf.manifest()
    ((spent,),) = rows(shelf.database, "SELECT sum(cost_usd) FROM calls")
    totals = manifest.totals
    assert [one.cost_usd for one in manifest.files] == [Decimal("0.044")] * 2
    assert (totals.files, totals.cost_usd, totals.unfinished_usd) == (2, Decimal("0.088"), Decimal("0.04"))
    assert totals.cost_usd + totals.unfinished_usd == spent
    assert totals.bytes == sum(path.stat().st_size for path in shelf.folder.glob("*/*"))


def test_what_is_still_held_is_told_apart_from_what_was_spent(shelf):
    held = wait_for(lambda: shelf.ledger.hold(intent_for("again", "0.05", image_key=LANTERN.key)))
    take(shelf.ledger, held.call_id, State.UNKNOWN)
    shelf.write()
    manifest = shelf.manifest()
    assert manifest.totals.held_usd == sum(one.held_usd for one in manifest.files) == Decimal("0.05")
    assert manifest.totals.cost_usd == Decimal("0.088")


def test_it_is_the_same_to_the_byte_as_long_as_nothing_has_happened(shelf):
    before = shelf.write().read_bytes()
    assert shelf.write().read_bytes() == before
    (lantern,) = [one for one in shelf.manifest().files if one.image_key == LANTERN.key]
    shelf.database.run(
        lambda c: c.execute(  # delivered once more, as a run does that makes the same file from the same original
            "INSERT INTO store.deliveries SELECT nextval('store.delivery_ids'), * EXCLUDE (delivery_id)"
            " REPLACE (TIMESTAMP '2099-01-01' AS created_at) FROM store.deliveries WHERE image_key = $1",
            [lantern.image_key],
        )
    )
    assert shelf.write().read_bytes() == before


def test_it_is_json_that_people_can_read(shelf):
    text = (shelf.folder / "manifest.json").read_text(encoding="utf-8")
    told = json.loads(text)
    assert "Bänner & Co" in text
    assert (told["manifest_version"], told["collection"], told["title"]) == (1, "test", "A test")
    assert told["totals"]["cost_usd"] == "0.088"
    assert told["files"][0]["created_at"].endswith("Z")


def test_an_image_that_is_not_wanted_any_more_is_not_listed_and_what_it_cost_is_not_forgotten(shelf):
    shelf.want(LANTERN)
    shelf.write()
    totals = shelf.manifest().totals
    assert [one.image_key for one in shelf.manifest().files] == [LANTERN.key]
    assert (totals.cost_usd, totals.unfinished_usd) == (Decimal("0.044"), Decimal("0.084"))


def test_a_prompt_that_was_paid_for_another_image_is_named_with_that_call(shelf):
    banner = next(one for one in shelf.manifest().files if one.image_key == BANNER.key)
    shelf.deliver(COMPASS, shelf.buy(COMPASS.model_copy(update={"slug": "needle"})), "prompt-banner")
    shelf.write()
    compass = next(one for one in shelf.manifest().files if one.image_key == COMPASS.key)
    assert compass.prompt == banner.prompt
    assert compass.prompt.writer_call_id not in {call.call_id for call in compass.calls}


def test_a_template_s_prompt_has_no_writer(shelf):
    shelf.deliver(LANTERN, shelf.buy(LANTERN.model_copy(update={"slug": "other"})), "template")
    shelf.write()
    (prompt,) = [one.prompt for one in shelf.manifest().files if one.image_key == LANTERN.key]
    assert (prompt.prompt_key, prompt.writer, prompt.judge) == ("template", None, None)


def test_a_file_that_is_gone_is_still_listed_without_its_pixels(shelf):
    (shelf.folder / "icons" / "lantern.png").unlink()
    shelf.write()
    (lantern,) = [one for one in shelf.manifest().files if one.image_key == LANTERN.key]
    assert (lantern.width, lantern.height) == (None, None)


def test_a_collection_of_which_nothing_is_made_has_an_empty_manifest(empty):
    empty.want(LANTERN)
    empty.write()
    assert (empty.manifest().files, empty.manifest().totals.files) == ((), 0)


def test_an_unknown_collection_is_a_clear_error(shelf):
    with pytest.raises(SetupError, match="there is no collection 'nope'"):
        write_manifest(shelf.database, shelf.paths, "nope")


def test_the_call_behind_a_picture_is_found_by_its_id(shelf):
    (lantern,) = [one for one in shelf.manifest().files if one.image_key == LANTERN.key]
    call_id = lantern.original.call_id
    found, unknown = shelf.database.run(lambda connection: read_sources(connection, [call_id, "nobody's"]))
    assert unknown is None
    assert (found.model, found.prediction_id) == (LANTERN.model, "p-content-lantern")
    assert found.created_at == lantern.created_at
