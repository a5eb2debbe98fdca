"""Further files of one original: each of its own size, shape and format, and each with the subject in it."""

import io

import pytest
from PIL import Image

from asset_pipeline.images.finish import finish, renditions
from asset_pipeline.specs.renditions import RenditionEntry, wanted_renditions
from asset_pipeline.specs.wanted import WantedRendition
from asset_pipeline_tests.unit.images.subjects import share_inside, subject

ENTRIES = [{"size": "128x128", "format": "webp"}, {"scale": 2}, {"format": "avif"}, {"favicon": True}]


def made(picture, entries, size):
    """Return the renditions of a picture, by name."""
    wanted = wanted_renditions(
        [RenditionEntry.model_validate(entry) for entry in entries], slug="boat", size=size, format="png"
    )
    return {one.name: one for one in renditions(picture, wanted)}


def opened(file):
    picture = Image.open(io.BytesIO(file))
    picture.load()
    return picture.format, picture.size


def test_each_file_is_what_its_name_says():
    files = made(subject("boat")[0], ENTRIES, (300, 100))
    assert {name: opened(file.data) for name, file in files.items()} == {
        "boat-128.webp": ("WEBP", (128, 128)),
        "boat@2x.png": ("PNG", (600, 200)),
        "boat.avif": ("AVIF", (300, 100)),
        "boat.ico": ("ICO", (48, 48)),
    }
    assert Image.open(io.BytesIO(files["boat.ico"].data)).info["sizes"] == {(16, 16), (32, 32), (48, 48)}


def test_a_square_rendition_of_a_wide_picture_shows_its_subject():
    picture, box, _ = subject("face to a square")
    files = made(picture, [{"size": "64x64"}, {"favicon": True}], (768, 320))
    assert all(share_inside(box, file.box) == 1 for file in files.values())


def test_the_same_shape_shows_the_same_part():
    picture, _, wanted = subject("house")
    main = finish(picture, width=wanted[0], height=wanted[1], format="png")
    assert made(picture, [{"scale": 2}], wanted)["boat@2x.png"].box == main.box


def test_a_rendition_is_made_of_the_original_and_not_of_the_finished_file():
    picture, _, _ = subject("line art")
    alone = finish(picture, width=128, height=128, format="png").data
    assert made(picture, [{"scale": 2}], (64, 64))["boat@2x.png"].data == alone


@pytest.mark.parametrize("kind", ["png", "ico"])
def test_an_original_with_alpha_keeps_it(kind):
    picture = Image.new("RGBA", (400, 400))
    picture.paste((200, 30, 30, 255), (100, 100, 300, 300))
    (file,) = renditions(picture, [WantedRendition(name="a", sizes=((32, 32),), format=kind)])
    assert Image.open(io.BytesIO(file.data)).convert("RGBA").getpixel((1, 1))[3] == 0


def test_a_file_carries_what_it_is_given_and_an_ico_is_not_asked():
    asked = []

    def embed(*, format):  # noqa: A002 - the name that it is called by
        asked.append(format)
        return {"xmp": b"<x/>"}

    wanted = [
        WantedRendition(name="a.webp", sizes=((32, 32),), format="webp"),
        WantedRendition(name="a.ico", sizes=((16, 16),), format="ico"),
    ]
    files = renditions(Image.new("RGB", (64, 64), "red"), wanted, embed=embed)
    assert (asked, Image.open(io.BytesIO(files[0].data)).info["xmp"]) == (["webp"], b"<x/>")


def test_nothing_wanted_is_nothing_made():
    assert renditions(Image.new("RGB", (64, 64)), []) == []
