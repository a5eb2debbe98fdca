"""Whatever a provider delivers becomes an upright picture in sRGB, and tells nothing of where it came from."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from asset_pipeline.images.finish import finish
from asset_pipeline.images.inspect import open_image

ORIENTATION, ARTIST, GPS = 0x0112, 0x013B, 0x8825
SECRET = "Jane Doe"
RED, BLUE = (200, 40, 40), (40, 40, 200)


def delivered(picture, kind, **options):
    """Return a picture as it comes out of a file."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return open_image(buffer.getvalue())


def finished(picture, kind="png", size=(40, 40)):
    return open_image(finish(picture, width=size[0], height=size[1], format=kind).data).convert("RGB")


def linear_profile():
    """Return a profile of matrix and curve whose numbers are light itself: sRGB's with its curves replaced."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for entry in range(int.from_bytes(data[128:132], "big")):
        at = 132 + 12 * entry
        place = int.from_bytes(data[at + 4 : at + 8], "big")
        if data[at : at + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            data[place : place + 12] = b"curv" + bytes(8)  # a curve without points is a straight line
            data[at + 8 : at + 12] = (12).to_bytes(4, "big")
    return bytes(data).replace("sRGB".encode("utf-16-be"), "LINE".encode("utf-16-be"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(("orientation", "corner"), [(1, (4, 4)), (3, (36, 36)), (6, (36, 4)), (8, (4, 36))])
def test_a_picture_is_turned_as_its_exif_says(kind, orientation, corner):
    picture = Image.new("RGB", (80, 80), BLUE)
    picture.paste(RED, (0, 0, 40, 40))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    assert finished(delivered(picture, kind, exif=exif)).getpixel(corner) == pytest.approx(RED, abs=12)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_colours_of_a_profile_are_converted_to_srgb(kind):
    original = delivered(Image.new("RGB", (50, 50), (55, 55, 55)), kind, icc_profile=linear_profile())
    file = finish(original, width=20, height=20, format="png").data
    assert open_image(file).convert("RGB").getpixel((9, 9)) == pytest.approx((128,) * 3, abs=2)  # 0.216 of the light
    assert "icc_profile" not in open_image(file).info


def test_alpha_stays_where_a_profile_is_converted():
    picture = Image.new("RGBA", (50, 50), (55, 55, 55, 128))
    file = finish(delivered(picture, "PNG", icc_profile=linear_profile()), width=20, height=20, format="png").data
    assert open_image(file).convert("RGBA").getpixel((9, 9)) == pytest.approx((128, 128, 128, 128), abs=2)


@pytest.mark.parametrize("profile", [b"not a profile", linear_profile()[:200]])
def test_a_broken_profile_is_passed_over(profile):
    original = delivered(Image.new("RGB", (50, 50), RED), "PNG", icc_profile=profile)
    assert finished(original).getpixel((9, 9)) == RED


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_profile_for_other_colours_is_passed_over(mode):
    picture = Image.new("RGB", (50, 50), (90, 90, 90)).convert(mode)
    original = delivered(picture, "JPEG", icc_profile=linear_profile())
    assert finished(original).getpixel((9, 9)) == pytest.approx((90,) * 3, abs=2)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "PA", "CMYK", "1", "I;16"])
def test_every_kind_of_picture_keeps_what_it_shows(mode):
    shown = Image.new("L", (80, 80), 255)
    shown.paste(0, (0, 0, 40, 80))
    picture = shown.convert("I").point(lambda v: v * 257).convert("I;16") if mode == "I;16" else shown.convert(mode)
    pixels = finished(picture)
    assert (max(pixels.getpixel((4, 20))), min(pixels.getpixel((36, 20)))) == (0, 255)


@pytest.mark.parametrize("kind", ["png", "webp", "jpg", "avif"])
def test_nothing_of_an_originals_metadata_is_in_the_file(kind):
    exif = Image.Exif()
    exif[ARTIST] = SECRET
    exif.get_ifd(GPS)[1] = "N"
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET}</x:xmpmeta>".encode()
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", SECRET)
    text.add_itxt("XML:com.adobe.xmp", xmp.decode())
    picture = Image.new("RGB", (90, 90), RED)
    originals = [
        delivered(picture, "PNG", pnginfo=text, exif=exif, dpi=(300, 300)),
        delivered(picture, "JPEG", comment=SECRET, exif=exif, xmp=xmp, dpi=(300, 300)),
        delivered(picture, "WEBP", exif=exif, xmp=xmp),
    ]
    for original in originals:
        file = finish(original, width=40, height=40, format=kind).data
        assert SECRET.encode() not in file
        with Image.open(io.BytesIO(file)) as opened:
            opened.load()
            assert not {"exif", "xmp", "comment", "icc_profile", "dpi", "Author"} & set(opened.info)


def test_the_original_keeps_its_metadata():
    original = delivered(Image.new("RGB", (50, 50), RED), "PNG", icc_profile=linear_profile())
    finish(original, width=20, height=20, format="png")
    assert original.info["icc_profile"] == linear_profile()
    assert (np.asarray(original) == RED).all()
