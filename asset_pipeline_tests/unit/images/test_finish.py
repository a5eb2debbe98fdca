"""The finished file: exactly as wanted, the same bytes each time, and never squashed."""

import base64
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from asset_pipeline.images.finish import crop_box, finish
from asset_pipeline.images.inspect import Inspected, inspect, open_image

MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "webp": b"RIFF", "jpg": b"\xff\xd8\xff"}
MODES = ("RGB", "RGBA", "P", "L", "LA", "1", "CMYK", "I;16", "I")
SIDES = st.integers(1, 300)
RED, CLEAR = (255, 0, 0, 255), (0, 0, 0, 0)


def gradient(mode, size):
    """Return a picture that is not the same everywhere."""
    if mode.startswith("I"):
        return Image.linear_gradient("L").resize(size).convert("I").point(lambda v: v * 257).convert(mode)
    return Image.radial_gradient("L").resize(size).convert("RGBA" if mode == "LA" else "RGB").convert(mode)


def finished(picture, size=(40, 40), kind="png"):
    """Return the finished file, decoded."""
    return open_image(finish(picture, width=size[0], height=size[1], format=kind).data)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(MODES), SIDES, SIDES, SIDES, SIDES, st.sampled_from(sorted(MAGIC)))
@example("RGB", 171, 29, 171, 29, "jpg")  # rounding once pushed an edge out of the picture
def test_a_file_has_exactly_the_wanted_size_and_format_and_the_same_bytes_each_time(mode, w, h, width, height, kind):
    first = finish(gradient(mode, (w, h)), width=width, height=height, format=kind)
    assert inspect(first.data) == Inspected(kind, width, height)
    assert first.data.startswith(MAGIC[kind])
    assert first == finish(gradient(mode, (w, h)), width=width, height=height, format=kind)


@settings(deadline=None, max_examples=60)
@given(SIDES, SIDES, SIDES, SIDES)
def test_nothing_is_squashed(width, height, wide, high):
    box = finish(gradient("RGB", (width, height)), width=wide, height=high, format="jpg").box
    assert (box[2] - box[0]) / (box[3] - box[1]) == pytest.approx(wide / high, rel=0.005)


@settings(deadline=None)
@given(*[st.integers(1, 5000)] * 4)
@example(171, 29, 171, 29)
def test_what_is_kept_has_the_wanted_shape_lies_in_the_middle_and_touches_two_edges(width, height, wide, high):
    left, top, right, bottom = crop_box((width, height), (wide, high))
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert (right - left) / (bottom - top) == pytest.approx(wide / high)
    assert (left + right, top + bottom) == pytest.approx((width, height))
    assert (left, right) == pytest.approx((0, width)) or (top, bottom) == pytest.approx((0, height))


@pytest.mark.parametrize("wanted", [(4096, 16), (16, 4096), (4096, 4096), (16, 16)])
@pytest.mark.parametrize("original", [(1, 1), (7, 1000), (1000, 7), (1433, 977)])
def test_the_extremes_of_size_can_be_finished(original, wanted):
    assert finished(Image.new("RGB", original), wanted, "jpg").size == wanted


@pytest.mark.parametrize("wanted", [(60, 20), (20, 60), (40, 40)])
def test_a_circle_stays_a_circle(wanted):
    disc = Image.radial_gradient("L").resize((200, 200)).point(lambda value: 255 if value < 20 else 0)
    picture = Image.new("L", (600, 600))
    picture.paste(disc, (200, 200))
    left, top, right, bottom = finished(picture.convert("RGB"), wanted).convert("L").point(lambda v: v > 127).getbbox()
    assert abs((right - left) - (bottom - top)) <= 1


@pytest.mark.parametrize("kind", ["png", "webp"])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_kept_where_the_format_has_it(kind, mode):
    picture = Image.new("RGBA", (80, 80), CLEAR)
    picture.paste(RED, (0, 0, 40, 80))
    pixels = finished(picture.convert(mode), kind=kind).convert("RGBA")
    assert (pixels.getpixel((4, 20))[3], pixels.getpixel((36, 20))[3]) == (255, 0)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_lies_on_white_in_a_jpeg(mode):
    picture = Image.new("RGBA", (80, 80), CLEAR)
    picture.paste(RED, (0, 0, 40, 80))
    pixels = finished(picture.convert(mode), kind="jpg")
    assert pixels.mode == "RGB"
    assert min(pixels.getpixel((36, 20))) >= 250
    assert pixels.getpixel((4, 20))[2] < 100


def test_a_transparent_colour_of_a_palette_is_transparent():
    picture = Image.new("P", (40, 40), 0)
    picture.putpalette([255, 0, 0, 0, 255, 0])
    picture.info["transparency"] = 0
    assert finished(picture).convert("RGBA").getpixel((20, 20))[3] == 0
    assert finished(picture, kind="jpg").getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["I;16", "I"])
@pytest.mark.parametrize(("deep", "shallow"), [(0, 0), (20_000, 78), (40_000, 155), (65_535, 255)])
def test_a_picture_of_16_bits_keeps_its_tones(mode, deep, shallow):
    tone = finished(Image.new(mode, (50, 50), deep)).convert("RGB").getpixel((20, 20))
    assert tone == pytest.approx((shallow,) * 3, abs=1)


def test_a_16_bit_png_as_a_provider_may_deliver_it_keeps_its_tones():
    buffer = io.BytesIO()
    Image.new("I;16", (50, 50), 32_768).save(buffer, "PNG")
    assert finished(open_image(buffer.getvalue())).convert("L").getpixel((5, 5)) == pytest.approx(128, abs=1)


@pytest.mark.parametrize("kind", ["png", "webp"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA"])
def test_a_picture_that_hides_nothing_gets_no_alpha(mode, kind):
    opaque = gradient(mode, (90, 90))
    assert not finished(opaque, kind=kind).has_transparency_data


def test_finishing_leaves_the_original_alone():
    picture = gradient("RGBA", (90, 50))
    before = picture.tobytes()
    finish(picture, width=20, height=20, format="jpg")
    assert (picture.size, picture.tobytes()) == ((90, 50), before)


@pytest.mark.parametrize("size", [(1920, 400), (48, 48), (400, 1500), (4096, 4096)])
def test_a_thumbnail_is_a_small_jpeg_of_the_same_shape(size):
    uri = finish(gradient("RGB", (640, 480)), width=size[0], height=size[1], format="png").thumbnail
    head, _, encoded = uri.partition(",")
    small = open_image(base64.b64decode(encoded))
    assert head == "data:image/jpeg;base64"
    assert small.width <= 256
    assert small.height <= 128
    assert small.width / small.height == pytest.approx(size[0] / size[1], rel=0.05)
    assert len(uri) < 30_000
