"""SVGs: recognized by how they begin, drawn in their own shape and large enough, and never able to end a run."""

import pytest
from PIL import Image

from asset_pipeline.errors import ImageError, NotDrawnError
from asset_pipeline.images import svg
from asset_pipeline.images.finish import finish
from asset_pipeline.images.inspect import describe, open_image
from asset_pipeline.images.svg import draw_svg, is_svg

HALVES = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="10" height="10" fill="#f00"/>'
    b'<rect x="10" width="10" height="10" fill="#00f"/></svg>'
)


@pytest.mark.parametrize(
    "head",
    [
        HALVES,
        b"\xef\xbb\xbf" + HALVES,
        b'\n <?xml version="1.0" encoding="UTF-8"?>\n<!-- made by a model -->\n' + HALVES,
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">' + HALVES,
    ],
)
def test_an_svg_is_recognized_whatever_comes_before_its_root(head):
    assert is_svg(head)
    assert describe(open_image(head)).format == "svg"


@pytest.mark.parametrize(
    "head", [b"", b"<svgfoo>", b"<html><svg/></html>", b"svg", b"\x89PNG\r\n\x1a\n<svg>", b"<!-- <svg> "]
)
def test_what_only_mentions_an_svg_is_none(head):
    assert not is_svg(head)


@pytest.mark.parametrize(
    ("covers", "size"),
    [((64, 64), (128, 64)), ((1500, 400), (1500, 750)), ((10, 3000), (6000, 3000)), ((16, 16), (32, 16))],
)
def test_it_is_drawn_in_its_own_shape_so_large_that_nothing_has_to_be_enlarged(covers, size):
    picture = open_image(HALVES, svg_covers=covers)
    assert picture.size == size
    assert picture.getpixel((0, 0)) == (255, 0, 0, 255)
    assert picture.getpixel((size[0] - 1, size[1] - 1)) == (0, 0, 255, 255)


@pytest.mark.parametrize("kind", ["png", "webp", "jpg"])
def test_a_finished_file_of_each_format_is_made_from_it(kind):
    data = finish(open_image(HALVES, svg_covers=(48, 48)), width=48, height=48, format=kind).data
    seen = open_image(data)
    assert (describe(seen).format, seen.size) == (kind, (48, 48))
    red, _, blue = seen.convert("RGB").getpixel((4, 24))
    assert red > 200 > 50 > blue


def test_one_without_a_size_of_its_own_or_of_an_endless_one_is_drawn_all_the_same():
    plain = HALVES.replace(b'viewBox="0 0 20 10"', b"")
    assert min(open_image(plain, svg_covers=(64, 64)).size) >= 64
    endless = HALVES.replace(b"viewBox", b'width="1000000" height="500000" viewBox')
    assert open_image(endless, svg_covers=(64, 64)).size == (128, 64)


def test_a_long_one_is_drawn_with_no_more_pixels_than_are_allowed():
    thin = HALVES.replace(b"0 0 20 10", b"0 0 200 10")
    width, height = open_image(draw_svg(thin, covers=(4096, 4096), max_pixels=1_000_000)).size
    assert 900_000 < width * height <= 1_000_000
    assert width / height == pytest.approx(20, rel=0.01)


@pytest.mark.parametrize("broken", [HALVES[:60], HALVES[:-6], b"<svg", b"<svg \xff\xfe/>", HALVES + b"<html>"])
def test_a_damaged_one_is_an_image_error_and_would_be_one_everywhere(broken):
    with pytest.raises(ImageError) as refused:
        open_image(broken)
    assert not isinstance(refused.value, NotDrawnError)


def test_one_that_names_a_picture_on_this_machine_is_drawn_without_it(tmp_path):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (4, 4), "#0f0").save(secret)
    link = f'<image xlink:href="{secret}" href="{secret}" width="20" height="10"/></svg>'.encode()
    told = HALVES.replace(b"<svg", b'<svg xmlns:xlink="http://www.w3.org/1999/xlink"').replace(b"</svg>", link)
    assert open_image(told).getpixel((5, 5)) == (255, 0, 0, 255)


def test_without_the_library_the_reader_is_told_what_to_install(tmp_path, monkeypatch):
    _, after, program = svg.DRAWER.read_text("utf-8").partition("from __future__ import annotations\n")
    drawer = tmp_path / "drawer.py"
    drawer.write_text(f"{after}import sys\nsys.modules['resvg_py'] = None\n{program}")
    monkeypatch.setattr(svg, "DRAWER", drawer)
    with pytest.raises(NotDrawnError, match=r"needs resvg-py .* pip install resvg-py"):
        open_image(HALVES)


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import os; os.abort()", r"exit code -6"),
        ("import time; time.sleep(60)", "timed out"),
        ("raise MemoryError('too much')", "too much"),
    ],
    ids=["dies", "hangs", "fails"],
)
def test_a_drawer_that_dies_or_hangs_ends_nothing_but_itself(tmp_path, monkeypatch, program, said):
    drawer = tmp_path / "drawer.py"
    drawer.write_text(program)
    monkeypatch.setattr(svg, "DRAWER", drawer)
    monkeypatch.setattr(svg, "DEADLINE_S", 0.5 if "sleep" in program else 30)
    with pytest.raises(NotDrawnError, match=said):
        draw_svg(HALVES, covers=(64, 64), max_pixels=1_000_000)
