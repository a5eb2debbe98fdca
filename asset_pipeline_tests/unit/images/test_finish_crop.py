"""What is kept of an original of another shape: its subject, and the middle where there is none."""

import pytest
from PIL import Image, ImageOps

from asset_pipeline.images.finish import crop_box, finish
from asset_pipeline_tests.unit.images.subjects import NAMES, PAPER, share_inside, subject


def kept(picture, wanted):
    """Return the part of a picture that its finished file shows."""
    return finish(picture, width=wanted[0], height=wanted[1], format="jpg").box


@pytest.mark.parametrize("name", NAMES)
def test_the_subject_stays_in_wherever_it_is(name):
    picture, box, wanted = subject(name)
    assert share_inside(box, kept(picture, wanted)) >= 0.95


def test_the_middle_would_have_lost_nearly_all_of_these_subjects():
    shares = [share_inside(box, crop_box(picture.size, wanted)) for picture, box, wanted in map(subject, NAMES)]
    assert sum(share < 0.5 for share in shares) >= 12


@pytest.mark.parametrize("name", ["house", "face to a square"])
def test_what_is_kept_of_a_turned_picture_is_turned_with_it(name):
    picture, box, wanted = subject(name)
    width, height = picture.size
    turned = kept(picture.transpose(Image.Transpose.ROTATE_180), wanted)
    assert share_inside((width - box[2], height - box[3], width - box[0], height - box[1]), turned) >= 0.95


@pytest.mark.parametrize("ground", [PAPER, (0, 0, 0), (255, 255, 255)])
def test_of_a_blank_picture_the_middle_is_kept(ground):
    assert kept(Image.new("RGB", (900, 700), ground), (300, 100)) == crop_box((900, 700), (300, 100))


def test_of_an_even_pattern_the_middle_is_kept():
    stripes = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    pattern = Image.new("RGB", (1024, 1024))
    for left in range(0, 1024, 64):
        for top in range(0, 1024, 64):
            pattern.paste(stripes, (left, top))
    assert kept(pattern, (512, 256)) == crop_box((1024, 1024), (512, 256))


def test_a_subject_in_the_middle_leaves_the_middle():
    picture = Image.new("RGB", (1000, 1000), PAPER)
    picture.paste((180, 40, 30), (400, 400, 600, 600))
    assert kept(picture, (1500, 400)) == crop_box((1000, 1000), (1500, 400))


def test_a_white_subject_is_seen_on_a_transparent_ground():
    picture = Image.new("RGBA", (1000, 1000), (255, 255, 255, 0))
    picture.paste((255, 255, 255, 255), (400, 700, 600, 900))
    assert share_inside((400, 700, 600, 900), kept(picture, (1500, 400))) == 1


def test_nothing_is_left_out_of_a_picture_that_has_the_wanted_shape():
    picture, _, _ = subject("boat")
    assert kept(picture, (64, 64)) == (0, 0, *picture.size)


def test_a_mirrored_picture_is_cropped_in_the_mirror():
    picture, _, wanted = subject("face to a square")
    left, top, right, bottom = kept(picture, wanted)
    step = 2 * (picture.width - (right - left)) / 512
    mirrored = kept(ImageOps.mirror(picture), wanted)
    assert mirrored == pytest.approx((picture.width - right, top, picture.width - left, bottom), abs=step)
