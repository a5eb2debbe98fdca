"""The sandbox's sizes: every way in which a model is told one leads to its pixels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.sandbox.sizes import MEGAPIXEL, output_size

SEEDREAM = {"size": "2K", "width": 2048, "height": 2048, "aspect_ratio": "match_input_image"}


@pytest.mark.parametrize(
    ("values", "size"),
    [
        ({}, (1024, 1024)),
        ({"aspect_ratio": "16:9"}, (1344, 768)),
        ({"aspect_ratio": "1:1", "megapixels": "0.25"}, (512, 512)),
        ({"aspect_ratio": "21:9", "megapixels": "1"}, (1536, 640)),
        ({"aspect_ratio": "custom", "width": 640, "height": 480}, (640, 480)),
        ({"aspect_ratio": "custom", "resolution": "1 MP", "width": 640, "height": 480}, (640, 480)),
        ({"width": 512, "height": 768}, (512, 768)),
        ({"aspect_ratio": "1:1", "width": 512, "height": 768}, (1024, 1024)),
        ({"size": "1820x1024", "aspect_ratio": "Not set"}, (1820, 1024)),
        ({"size": "1820x1024", "aspect_ratio": "1:1"}, (1024, 1024)),
        ({"resolution": "704x1408", "aspect_ratio": "1:1"}, (704, 1408)),
        ({"resolution": "None", "aspect_ratio": "1:2"}, (704, 1440)),
        ({"resolution": "0.5 MP", "aspect_ratio": "1:1"}, (704, 704)),
        ({"resolution": "4 MP", "aspect_ratio": "match_input_image"}, (2048, 2048)),
        ({"resolution": "1K", "aspect_ratio": "1:1"}, (1024, 1024)),
        (SEEDREAM, (2048, 2048)),
        (SEEDREAM | {"size": "4K", "aspect_ratio": "16:9"}, (5440, 3072)),
        (SEEDREAM | {"size": "custom", "width": 1024, "height": 4096}, (1024, 4096)),
        ({"output_megapixels": 2, "aspect_ratio": "1:1"}, (1440, 1440)),
    ],
)
def test_a_file_is_as_large_as_the_input_says(values, size):
    assert output_size(values) == size


def test_the_models_own_pixels_count_where_the_input_names_a_shape_only():
    own = {"3:2": (1536, 1024)}
    assert output_size({"aspect_ratio": "3:2"}, sizes=own) == (1536, 1024)
    assert output_size({"aspect_ratio": "3:2", "resolution": "1K"}, sizes=own) == (1248, 832)
    assert output_size({"aspect_ratio": "1:1"}, sizes=own, pixels=4 * MEGAPIXEL) == (2048, 2048)


@given(st.integers(1, 21), st.integers(1, 21), st.sampled_from([0.25, 0.5, 1, 2, 4]))
def test_a_shape_with_an_area_never_has_more_pixels_than_that(across, down, megapixels):
    width, height = output_size({"aspect_ratio": f"{across}:{down}", "megapixels": megapixels})
    assert 0 < width * height <= megapixels * MEGAPIXEL
    assert width % 32 == height % 32 == 0
