"""The sandbox's files: of the format and size asked for, and as different as their inputs."""

import pytest

from asset_pipeline.images.inspect import describe, open_image
from asset_pipeline.sandbox.outputs import MEDIA_TYPES, drawn, prepared


@pytest.mark.parametrize("artist", [drawn, prepared])
@pytest.mark.parametrize("extension", ["png", "webp", "jpg"])
def test_a_file_has_the_format_and_the_size_that_the_input_asks_for(artist, extension):
    given = {"prompt": "a compass", "width": 320, "height": 256, "seed": 7}
    seen = describe(open_image(artist(given, 0, extension)))
    assert (seen.format, seen.width, seen.height) == (extension, 320, 256)


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
    assert MEDIA_TYPES == {"webp": "image/webp", "jpg": "image/jpeg", "png": "image/png"}
