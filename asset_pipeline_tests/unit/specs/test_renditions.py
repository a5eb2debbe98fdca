"""What a spec's renditions mean, and what is refused before anything is made."""

import pytest
from pydantic import ValidationError

from asset_pipeline.specs.renditions import RenditionEntry, covering, wanted_renditions
from asset_pipeline.specs.wanted import WantedRendition


def wanted(*entries, slug="harbour", size=(64, 64)):
    return wanted_renditions([RenditionEntry.model_validate(e) for e in entries], slug=slug, size=size, format="png")


@pytest.mark.parametrize(
    ("entry", "name", "sizes", "kind"),
    [
        ({"size": "128x128", "format": "webp"}, "harbour-128.webp", ((128, 128),), "webp"),
        ({"size": "128x96"}, "harbour-128x96.png", ((128, 96),), "png"),
        ({"scale": 2}, "harbour@2x.png", ((128, 128),), "png"),
        ({"scale": 3, "format": "avif"}, "harbour@3x.avif", ((192, 192),), "avif"),
        ({"format": "jpeg"}, "harbour.jpg", ((64, 64),), "jpg"),
        ({"favicon": True}, "harbour.ico", ((16, 16), (32, 32), (48, 48)), "ico"),
    ],
)
def test_an_entry_says_a_file(entry, name, sizes, kind):
    assert wanted(entry) == (WantedRendition(name=name, sizes=sizes, format=kind),)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({}, "must say size, scale, format or favicon"),
        ({"size": "128x128", "scale": 2}, "leave out one of them"),
        ({"favicon": True, "format": "png"}, "leave out size, scale and format"),
        ({"favicon": False}, "True"),
        ({"size": "8x8"}, "each from 16 to 4096"),
        ({"size": "large"}, "WIDTHxHEIGHT"),
        ({"scale": 1}, "greater than or equal to 2"),
        ({"scale": "2"}, "integer"),
        ({"format": "gif"}, "'avif'"),
        ({"format": "ico"}, "'avif'"),
        ({"quality": 80}, "Extra inputs"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(entry, says):
    with pytest.raises(ValidationError, match=says):
        RenditionEntry.model_validate(entry)


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([{"format": "png"}], "harbour.png is the image's own file: leave harbour.png out"),
        ([{"size": "99x99"}, {"size": "99x99", "format": "png"}], "harbour-99.png is wanted twice: leave one out"),
        ([{"favicon": True}, {"favicon": True}], "harbour.ico is wanted twice"),
    ],
)
def test_no_two_files_have_one_name(entries, says):
    with pytest.raises(ValueError, match=says):
        wanted(*entries)


def test_no_rendition_is_larger_than_any_image_may_be():
    with pytest.raises(ValueError, match=r"scale 3 makes it 5760x1200, and no side may have more than 4096 pixels"):
        wanted({"scale": 3}, size=(1920, 400))


def test_an_original_covers_everything_that_is_made_of_it():
    assert covering((64, 64), ()) == (64, 64)
    assert covering((1500, 400), wanted({"size": "512x512"}, {"favicon": True}, size=(1500, 400))) == (1500, 512)
