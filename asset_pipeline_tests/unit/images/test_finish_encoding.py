"""Files: small, exact where they can be, the same bytes in every process, and with what they are to carry."""

import hashlib
import io
import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from asset_pipeline.images.finish import finish
from asset_pipeline.images.finish.encoding import FORMATS, encode, encode_icon
from asset_pipeline_tests.unit.images.reference import ssim
from asset_pipeline_tests.unit.images.subjects import subject

XMP = b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"/><?xpacket end="r"?>'
HASHES = """
import hashlib
from asset_pipeline.images.finish import finish, remove_background, renditions
from asset_pipeline.specs.wanted import WantedRendition
from asset_pipeline_tests.unit.images.subjects import subject
picture, _, wanted = subject("boat")
files = [finish(picture, width=600, height=160, format=kind).data for kind in ("png", "webp", "jpg", "avif")]
icon = WantedRendition(name="boat.ico", sizes=((16, 16), (32, 32)), format="ico")
files += [renditions(picture, [icon])[0].data, remove_background(subject("line art")[0]).tobytes()]
print([hashlib.sha256(file).hexdigest() for file in files])
"""


def decoded(file):
    """Return the pixels of a file."""
    with Image.open(io.BytesIO(file)) as opened:
        return opened.convert("RGBA" if opened.has_transparency_data else "RGB")


def embed(*, format):  # noqa: A002 - the name that it is called by
    """Say what a file is to carry, as provenance does."""
    if format != "png":
        return {"xmp": XMP}
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    info.add_text("Source", "a model")
    return {"pnginfo": info}


def flat(size, mode="RGB"):
    """Return a drawing of a few colours."""
    picture = Image.new(mode, (size, size), (250, 246, 238, 0)[: len(mode)])
    picture.paste((180, 40, 30, 255)[: len(mode)], (size // 4, size // 4, size // 2, size // 2))
    picture.paste((180, 40, 30, 90)[: len(mode)], (size // 2, size // 2, size // 2 + 5, size // 2 + 5))
    return picture


def test_two_processes_with_different_hash_seeds_make_the_same_bytes():
    def hashes(seed):
        env = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", HASHES]
        return subprocess.run(command, env=env, capture_output=True, check=True, text=True).stdout

    assert hashes("1") == hashes("2")


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [64, 600])
def test_a_png_of_few_colours_has_a_palette_and_the_same_pixels(mode, size):
    picture = flat(size, mode)
    file = encode(picture, "png")
    assert Image.open(io.BytesIO(file)).mode == "P"
    assert (np.asarray(decoded(file).convert(mode)) == np.asarray(picture)).all()


@pytest.mark.parametrize("size", [16, 64, 300])
def test_a_png_of_many_colours_has_the_same_pixels(size):
    pixels = np.random.default_rng(1).integers(0, 256, (size, size, 4), dtype=np.uint8)
    assert (np.asarray(decoded(encode(Image.fromarray(pixels), "png"))) == pixels).all()


def test_a_palette_makes_icons_smaller():
    buffer = io.BytesIO()
    flat(64, "RGBA").save(buffer, "PNG", optimize=True)
    assert len(encode(flat(64, "RGBA"), "png")) < 0.8 * len(buffer.getvalue())


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", ["boat", "face", "line art"])
def test_the_qualities_keep_what_is_seen(name, kind):
    picture = subject(name)[0].resize((400, 400), Image.Resampling.LANCZOS)
    assert ssim(np.asarray(picture), np.asarray(decoded(encode(picture, kind)))) >= 0.95


def test_a_small_webp_loses_nothing():
    picture = subject("face")[0].resize((64, 64), Image.Resampling.LANCZOS)
    assert (np.asarray(decoded(encode(picture, "webp"))) == np.asarray(picture)).all()


@pytest.mark.parametrize("kind", ["png", "webp", "avif"])
def test_transparency_is_kept_in_every_format_that_has_it(kind):
    picture = flat(200, "RGBA")
    alphas = [np.asarray(one.getchannel("A"), dtype=int) for one in (picture, decoded(encode(picture, kind)))]
    assert np.abs(alphas[0] - alphas[1]).max() <= 8


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_carries_what_it_is_given_and_shows_the_same_picture(kind):
    picture = subject("boat")[0]
    make = partial(finish, picture, width=120, height=60, format=kind)
    bare, carrying = make().data, make(embed=embed).data
    with Image.open(io.BytesIO(carrying)) as opened:
        opened.load()
        assert opened.info["xmp"] == XMP
        if kind == "png":
            assert opened.text["Source"] == "a model"
    assert hashlib.sha256(bare).digest() != hashlib.sha256(carrying).digest()
    assert (np.asarray(decoded(bare)) == np.asarray(decoded(carrying))).all()


def test_an_indexed_png_carries_what_it_is_given():
    file = encode(flat(64), "png", embed=embed)
    with Image.open(io.BytesIO(file)) as opened:
        opened.load()
        assert (opened.mode, opened.info["xmp"]) == ("P", XMP)


def test_an_ico_holds_exactly_the_pictures_that_it_is_given():
    frames = [flat(side, "RGBA") for side in (16, 32, 48, 256)]
    with Image.open(io.BytesIO(encode_icon(frames))) as icon:
        assert icon.info["sizes"] == {frame.size for frame in frames}
        for frame in frames:
            icon.size = frame.size
            icon.load()
            assert (np.asarray(icon.convert("RGBA")) == np.asarray(frame)).all()
