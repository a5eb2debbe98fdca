"""A model that delivers SVGs: the original is kept as one, and the finished file has the wanted pixels and format."""

from decimal import Decimal

from asset_pipeline.images import svg
from asset_pipeline.images.inspect import Inspected, inspect
from asset_pipeline.results import Failed

SPEC = """
collection: test
types: {icons: {model: recraft-ai/recraft-v3-svg, size: 64x64}}
images: [{type: icons, title: Lantern}]
"""
TEMPLATE = {"mode": "template"}
ORIGINALS = "SELECT format, model_version FROM store.originals"


def test_a_finished_file_is_made_from_an_svg_and_made_again_for_nothing(house):
    house.want(SPEC)
    (made,) = house.make_all(prompts=TEMPLATE).values()
    assert house.project.rows(ORIGINALS) == [("svg", "hidden")]
    house.project.images()["test.icons.lantern"].unlink()
    (again,) = house.make_all(prompts=TEMPLATE).values()
    assert inspect(house.project.images()["test.icons.lantern"].read_bytes()) == Inspected("png", 64, 64)
    assert (made.cost_usd, again.cost_usd, again.reused) == (house.spent, Decimal(0), True)
    assert again.file.sha256 == made.file.sha256


def test_an_svg_that_could_not_be_drawn_is_drawn_by_the_next_run_for_nothing(house, monkeypatch, tmp_path):
    drawer = tmp_path / "drawer.py"
    drawer.write_text(f"import sys; sys.exit({svg.NO_LIBRARY})")
    house.want(SPEC)
    with monkeypatch.context() as lacking:
        lacking.setattr(svg, "DRAWER", drawer)
        failed = house.make_one(prompts=TEMPLATE)
    assert isinstance(failed, Failed)
    assert "an SVG needs resvg-py to be drawn" in failed.reason
    spent = house.spent
    house.make_all(prompts=TEMPLATE)
    assert house.spent == spent
    assert house.bought("replicate") == 1
