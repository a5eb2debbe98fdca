"""The sandbox's files: of the format and size asked for, and as different as their inputs."""

from xml.etree import ElementTree

import pytest

from asset_pipeline.images.inspect import describe, open_image
from asset_pipeline.sandbox.outputs import MEDIA_TYPES, drawn, prepared


@pytest.mark.parametrize("artist", [drawn, prepared])
@pytest.mark.parametrize("extension", ["png", "webp", "jpg", "jpeg"])
def test_a_file_has_the_format_and_the_size_that_the_input_asks_for(artist, extension):
    given = {"prompt": "a compass", "width": 320, "height": 256, "seed": 7}
    seen = describe(open_image(artist(given, 0, extension)))
    assert (seen.format, seen.width, seen.height) == (extension.replace("jpeg", "jpg"), 320, 256)


@pytest.mark.parametrize("artist", [drawn, prepared])
def test_the_same_input_gives_the_same_bytes_and_another_one_others(artist):
    given = {"prompt": "a compass", "width": 256, "height": 256, "seed": 7}
    first = artist(given, 0, "png")
    assert artist(given, 0, "png") == first
    others = [artist(given, 1, "png"), artist(given | {"seed": 1}, 0, "png"), artist(given | {"prompt": "x"}, 0, "png")]
    assert len({first, *others}) == 4


def test_a_prepared_file_takes_any_prompt_as_its_comment():
    data = prepared({"prompt": "a 🧭 compass", "width": 256, "height": 256}, 0, "png")
    assert describe(open_image(data)).width == 256


def test_every_format_has_its_media_type():
    assert MEDIA_TYPES == {
        "webp": "image/webp",
        "jpg": "image/jpeg",
        "jpeg": "image/jpeg",
        "png": "image/png",
        "svg": "image/svg+xml",
    }


@pytest.mark.parametrize("artist", [drawn, prepared])
def test_a_vector_drawing_is_svg_of_the_size_and_in_the_colours_that_are_asked_for(artist):
    given = {"prompt": "a compass, ink #123456", "width": 320, "height": 256, "seed": 7}
    root = ElementTree.fromstring(artist(given, 0, "svg"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("320", "256", "0 0 320 256")
    assert artist(given, 0, "svg") == artist(given, 0, "svg")
    assert artist(given, 1, "svg") != artist(given, 0, "svg")
