"""What a file really is, whatever it calls itself; what is no picture of ours is refused."""

import io
import random
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from asset_pipeline.errors import ImageError, Money
from asset_pipeline.images.inspect import Inspected, inspect

FORMATS = {"PNG": "png", "WEBP": "webp", "JPEG": "jpg", "AVIF": "avif"}


def encoded(name, size=(60, 40)):
    """Return a picture with much to say, in a format."""
    buffer = io.BytesIO()
    noise = random.Random(1).randbytes(size[0] * size[1] * 3)
    Image.frombytes("RGB", size, noise).save(buffer, name)
    return buffer.getvalue()


def png_that_claims(width, height):
    """Return a tiny PNG that says it is large."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("name", "ours"), FORMATS.items())
def test_a_picture_is_what_its_bytes_say(name, ours):
    assert inspect(encoded(name)) == Inspected(ours, 60, 40)


@pytest.mark.parametrize("name", ["GIF", "BMP", "TIFF", "PPM", "ICO"])
def test_a_format_that_is_not_ours_is_refused(name):
    with pytest.raises(ImageError, match="the file is not a picture"):
        inspect(encoded(name))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"<html><body>502 Bad Gateway</body></html>",
        b'{"detail": "expired"}',
        b"<html><body><svg xmlns='http://www.w3.org/2000/svg'/></body></html>",
        b"\x89PNG\r\n\x1a\n",
    ],
    ids=["empty", "nul", "html", "json", "svg-inside", "magic-only"],
)
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(ImageError):
        inspect(data)


def test_a_refusal_shows_how_the_file_begins_and_that_it_was_paid_for():
    with pytest.raises(ImageError, match="it begins with b'<html>") as refused:
        inspect(b"<html><body>502</body></html>")
    assert refused.value.money is Money.SPENT


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_picture_is_refused(name, share):
    data = encoded(name)
    with pytest.raises(ImageError):
        inspect(data[: int(len(data) * share)])


@pytest.mark.parametrize("size", [(20_000, 20_000), (100_000, 100_000), (65_535, 65_535)])
def test_a_picture_too_large_to_open_is_refused_before_it_is_decoded(size):
    with pytest.raises(ImageError, match="pixels"):
        inspect(png_that_claims(*size))


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_the_limit_on_pixels_is_ours_and_names_the_size():
    with pytest.raises(ImageError, match="the picture has 10000x10001 pixels, too many to open"):
        inspect(png_that_claims(10_000, 10_001))


@given(st.sampled_from(sorted(FORMATS)), st.data())
def test_whatever_bytes_are_damaged_it_is_a_picture_or_an_image_error(name, data):
    damaged = bytearray(encoded(name, (12, 9)))
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=8)):
        damaged[place] ^= data.draw(st.integers(1, 255))
    try:
        seen = inspect(bytes(damaged))
    except ImageError:
        return
    assert seen.format == FORMATS[name]
