"""What becomes smaller keeps its light, its edges and its colours."""

import numpy as np
import pytest
from PIL import Image

from asset_pipeline.images.finish import finish
from asset_pipeline.images.inspect import open_image
from asset_pipeline_tests.unit.images.reference import reference_reduction, ssim
from asset_pipeline_tests.unit.images.subjects import subject


def reduced(picture, side):
    """Return the pixels of the finished file of a square picture."""
    return np.asarray(open_image(finish(picture, width=side, height=side, format="png").data).convert(picture.mode))


def mosaic(side):
    """Return a picture with as much detail as there can be."""
    return Image.fromarray(np.random.default_rng(5).integers(0, 256, (side, side, 3), dtype=np.uint8))


@pytest.mark.parametrize("side", [48, 64, 256, 400])
@pytest.mark.parametrize("name", ["boat", "line art", "disc in noise", "vignette"])
def test_a_reduction_is_what_a_reference_makes_of_every_pixel(name, side):
    picture, _, _ = subject(name)
    assert ssim(np.rint(reference_reduction(np.asarray(picture), (side, side))), reduced(picture, side)) >= 0.99


@pytest.mark.parametrize("side", [48, 200, 512])
def test_even_noise_is_reduced_as_the_reference_reduces_it(side):
    picture = mosaic(1024)
    assert ssim(np.rint(reference_reduction(np.asarray(picture), (side, side))), reduced(picture, side)) >= 0.99


def test_the_reference_tells_a_worse_reduction():
    picture = mosaic(1024)
    plain = picture.resize((200, 200), Image.Resampling.LANCZOS)
    assert ssim(np.rint(reference_reduction(np.asarray(picture), (200, 200))), np.asarray(plain)) < 0.99


def test_fine_black_and_white_gives_the_grey_that_is_half_as_bright():
    board = Image.fromarray((np.indices((512, 512)).sum(axis=0) % 2 * 255).astype(np.uint8)).convert("RGB")
    assert reduced(board, 64)[20:40, 20:40] == pytest.approx(188, abs=1)  # 188 is half the light of 255; 128 is a fifth


@pytest.mark.parametrize("colour", [(0, 0, 0), (1, 2, 3), (128, 64, 200), (254, 255, 253)])
def test_one_colour_stays_that_colour(colour):
    assert (reduced(Image.new("RGB", (500, 500), colour), 61) == colour).all()


def test_what_cannot_be_seen_does_not_stain_the_edge():
    picture = Image.new("RGBA", (512, 512), (0, 255, 0, 0))  # clear, but green
    picture.paste((200, 30, 30, 255), (101, 101, 411, 411))
    pixels = reduced(picture, 64)
    seen = pixels[pixels[..., 3] > 8]
    assert 0 < (seen[:, 3] < 250).mean() < 0.2
    assert seen[:, 1].max() <= 34
