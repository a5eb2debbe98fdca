"""Files that are checked: whole ones are opened, and one that lacks anything is found out."""

import pytest
from PIL import Image

from asset_pipeline.errors import ImageError
from asset_pipeline.images.checks.opened import Opened
from asset_pipeline_tests.unit.images.checks.drawings import drawing
from asset_pipeline_tests.unit.images.checks.pictures import encoded, photograph
from asset_pipeline_tests.unit.images.checks.support import checks_of, failed, order

FORMATS = {"PNG": "png", "WEBP": "webp", "JPEG": "jpg"}
ICON = order("icons")


@pytest.fixture(scope="module")
def files():
    """One picture in each format."""
    picture = photograph((160, 120))
    return {name: encoded(picture, name) for name in FORMATS}


@pytest.mark.parametrize("name", FORMATS)
def test_a_whole_file_is_opened_and_known_by_its_bytes(files, name, tmp_path):
    path = tmp_path / f"picture.{FORMATS[name].upper()}"
    path.write_bytes(files[name])
    for source, suffix in ((files[name], None), (path, FORMATS[name])):
        opened = Opened.of(source, ICON)
        assert (opened.format, opened.suffix, opened.picture.size) == (FORMATS[name], suffix, (160, 120))


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_cut_off_anywhere_is_damaged(files, name):
    whole = len(files[name])
    for length in [0, 1, 12, *range(50, whole, whole // 40), *range(whole - 8, whole)]:
        with pytest.raises(ImageError):
            Opened.of(files[name][:length], ICON)


@pytest.mark.parametrize("name", FORMATS)
def test_a_little_more_behind_a_picture_does_no_harm(files, name):
    assert Opened.of(files[name] + b"\n\0", ICON).picture.size == (160, 120)


def test_a_picture_that_was_decoded_before_is_taken_as_it_is():
    assert Opened.of(Image.new("RGB", (3, 4)), ICON).format is None


def test_a_path_with_nothing_there_is_damaged(tmp_path):
    with pytest.raises(ImageError, match=r"gone\.png cannot be read: No such file"):
        Opened.of(tmp_path / "gone.png", ICON)


@pytest.mark.parametrize("side", ["original", "finished"])
def test_of_a_damaged_file_the_damage_is_the_only_check(side):
    good = drawing("icons", 0)
    files = {"original": good.original, "finished": good.finished} | {side: getattr(good, side)[:-200]}
    checks = checks_of(type(good)(good.wanted, **files))
    assert failed(checks) == set(checks) == {"decodes"}
    assert ("finished file" if side == "finished" else side) in checks["decodes"].text
    assert checks["decodes"].value == 1
