"""Perceptual hashes, near for files of one picture and far for others; neighbours, as comparing all finds them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from asset_pipeline.images.checks import check_duplicates, perceptual_hash
from asset_pipeline.images.checks.hashes import neighbours
from asset_pipeline.images.inspect import open_image
from asset_pipeline_tests.unit.images.checks.drawings import THEMES, drawing, fifty
from asset_pipeline_tests.unit.images.checks.pictures import cut_out, encoded, photograph
from asset_pipeline_tests.unit.images.checks.support import SETTINGS

HASHES = st.dictionaries(st.text(max_size=4), st.integers(0, 2**64 - 1) | st.integers(0, 31), max_size=24)


def near(first, second):
    """Return how many of 64 bits differ."""
    return (first ^ second).bit_count()


@pytest.mark.parametrize("kind", ["icons", "covers", "letter_headers", "database_icons"])
def test_other_files_of_one_picture_have_nearly_the_same_hash(kind):
    picture = open_image(drawing(kind, 0).original).convert("RGB")
    own = perceptual_hash(picture)
    others = [
        open_image(encoded(picture, "JPEG", quality=60)),
        open_image(encoded(picture, "WEBP", quality=60)),
        picture.resize((picture.width // 3, picture.height // 3), Image.Resampling.LANCZOS),
        ImageEnhance.Brightness(picture).enhance(1.05),
    ]
    assert max(near(own, perceptual_hash(other)) for other in others) <= 10


def test_a_hash_has_64_bits_and_is_the_same_each_time():
    picture = photograph((400, 300))
    assert 0 < perceptual_hash(picture) < 2**64
    assert perceptual_hash(picture) == perceptual_hash(picture.copy())
    assert perceptual_hash(Image.new("RGB", (9, 9), "red")) in range(2**64)
    assert perceptual_hash(cut_out((0, 0, 0))) != 0


def test_the_mirror_of_a_picture_is_far_from_it():
    picture = photograph((400, 300))
    assert near(perceptual_hash(picture), perceptual_hash(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT))) > 12


@given(HASHES, st.integers(0, 12), st.integers(1, 4))
def test_neighbours_are_the_nearest_and_never_the_picture_itself(hashes, distance, most):
    found = neighbours(hashes, distance, most=most)
    assert set(found) == set(hashes)
    for name, others in found.items():
        bits = [near(hashes[name], hashes[other]) for other in others]
        all_bits = sorted(near(hashes[name], value) for other, value in hashes.items() if other != name)
        assert name not in others
        assert bits == [value for value in all_bits if value <= distance][:most]


def test_the_twins_among_thousands_are_found():
    chance = random.Random(7)
    hashes = {f"{number:05}": chance.getrandbits(64) for number in range(6000)}
    hashes["05999"] = hashes["00000"] ^ 0b101
    hashes["03000"] = hashes["00000"]
    assert neighbours(hashes, 4, most=16)["00000"] == ("03000", "05999")


def test_nothing_has_no_duplicates():
    assert check_duplicates({}, pytest.fail, settings=SETTINGS) == {}


@pytest.fixture(scope="module")
def collection():
    """Good drawings by key, those of one theme."""
    return {one.wanted.key: open_image(one.finished) for one in fifty() if one.wanted.theme == THEMES[0]}


def duplicates(pictures):
    """Return those that are said to look like another one, with what is said."""
    hashes = {key: perceptual_hash(picture) for key, picture in pictures.items()}
    found = check_duplicates(hashes, pictures.__getitem__, settings=SETTINGS)
    return {key: check.text for key, check in found.items() if not check.passed}


def test_different_images_of_one_theme_are_no_duplicates(collection):
    assert duplicates(collection) == {}


@pytest.mark.parametrize("kind", ["icons", "covers", "textures", "letter_headers", "database_icons"])
def test_a_picture_that_is_there_twice_is_told_of_both_by_each_other_s_name(collection, kind):
    key = next(key for key in collection if f".{kind}." in key)
    again = open_image(encoded(collection[key].convert("RGB"), "JPEG", quality=92, subsampling=0))
    found = duplicates(collection | {"again": again})
    assert set(found) == {key, "again"}
    assert "looks just like again" in found[key]
    assert key in found["again"]


def test_letters_with_one_frame_and_another_emblem_are_different():
    frame = open_image(drawing("letter_headers", 0).finished).convert("RGB")
    other = frame.copy()
    emblem = open_image(drawing("icons", 3).finished).resize((90, 90))
    other.paste(emblem, (90, 105))
    hashes = {"frame": perceptual_hash(frame), "other": perceptual_hash(other)}
    assert near(*hashes.values()) <= 10
    assert duplicates({"frame": frame, "other": other}) == {}
