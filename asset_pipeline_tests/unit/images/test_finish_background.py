"""A plain ground is taken out up to a soft edge without a rim; any other is left, with the reason."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from asset_pipeline.images.finish import NotPlain, remove_background
from asset_pipeline_tests.unit.images.subjects import NAMES, subject

SIDE = 400
GROUNDS = [((255, 255, 255), (180, 40, 30)), ((30, 40, 60), (240, 220, 120)), ((240, 230, 210), (40, 80, 60))]
PLAIN = {"disc low on paper", "disc high on paper", "line art", "dark on dark"}


def mask():
    """Return what is seen of a disc and a line, with soft edges."""
    large = Image.new("L", (4 * SIDE, 4 * SIDE))
    draw = ImageDraw.Draw(large)
    draw.ellipse((300, 300, 1000, 1000), fill=255)
    draw.line((1200, 200, 1400, 1400), fill=255, width=24)
    return large.resize((SIDE, SIDE), Image.Resampling.BOX)


def drawing(ground, colour):
    """Return them on a ground."""
    return Image.composite(Image.new("RGB", (SIDE, SIDE), colour), Image.new("RGB", (SIDE, SIDE), ground), mask())


def as_jpeg(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92, subsampling=0)
    return Image.open(buffer)


@pytest.mark.parametrize(("ground", "colour"), GROUNDS)
@pytest.mark.parametrize(("delivered", "apart"), [(lambda picture: picture, 2), (as_jpeg, 12)])
def test_what_is_left_is_what_was_laid_on_the_ground(ground, colour, delivered, apart):
    alpha = np.asarray(remove_background(delivered(drawing(ground, colour))).getchannel("A"), dtype=float)
    true = np.asarray(mask(), dtype=float)
    edge = (true > 0) & (true < 255)
    assert (np.abs(alpha - true)[~edge] > 60).mean() < 0.001
    assert np.abs(alpha - true)[edge].mean() <= 6 + apart


@pytest.mark.parametrize(("ground", "colour"), GROUNDS)
def test_no_rim_of_the_old_ground_is_seen_on_another(ground, colour):
    cut = np.asarray(remove_background(drawing(ground, colour)), dtype=float)
    seen = cut[..., 3] > 40
    assert np.abs(cut[seen][:, :3] - colour).max() <= 12


def test_what_the_subject_encloses_stays():
    picture = Image.new("RGB", (100, 100), "white")
    ImageDraw.Draw(picture).ellipse((20, 20, 80, 80), outline="black", width=6)
    alpha = remove_background(picture).getchannel("A")
    assert (alpha.getpixel((50, 50)), alpha.getpixel((5, 5))) == (255, 0)


def test_the_ground_is_found_around_corners():
    picture = Image.new("RGB", (200, 200), "white")
    draw = ImageDraw.Draw(picture)
    for inset in range(20, 100, 20):  # walls with one gap each, now left, now right
        draw.rectangle((inset, inset, 199 - inset, 199 - inset), outline="black", width=4)
        side = inset if inset % 40 else 196 - inset
        draw.rectangle((side, 97, side + 3, 103), fill="white")
    assert remove_background(picture).getpixel((100, 100))[3] == 0


@pytest.mark.parametrize("name", NAMES)
def test_only_a_plain_ground_is_taken_out(name):
    result = remove_background(subject(name)[0])
    if isinstance(result, NotPlain):
        assert name not in PLAIN
        assert "of its border has one colour" in result.reason
    else:
        assert name in PLAIN | {"foot of a tall page"}


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (Image.new("RGB", (90, 90), "white"), "nothing would be left of it"),
        (Image.new("RGBA", (90, 90), (200, 30, 30, 90)), "one can see through it already"),
    ],
)
def test_a_picture_without_a_subject_or_a_ground_is_refused(picture, reason):
    assert remove_background(picture) == NotPlain(reason)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (2, 2), (3, 5)])
def test_the_smallest_pictures_are_refused_like_any_blank_one(size):
    assert isinstance(remove_background(Image.new("RGB", size, "white")), NotPlain)
