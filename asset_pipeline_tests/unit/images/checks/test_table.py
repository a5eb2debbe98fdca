"""The table of made defects and checks: each defect is caught by its check, and no good drawing is suspected."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image, ImageDraw

from asset_pipeline.images.checks import check_duplicates, perceptual_hash
from asset_pipeline.images.checks.kinds import KINDS as CHECK_KINDS
from asset_pipeline.images.inspect import open_image
from asset_pipeline.specs import Theme
from asset_pipeline_tests.unit.images.checks.drawings import drawing, fifty, made
from asset_pipeline_tests.unit.images.checks.pictures import (
    SKY,
    TEAL,
    WHITE,
    between,
    checkerboard,
    clouds,
    encoded,
    line_art,
    noise,
    painted,
)
from asset_pipeline_tests.unit.images.checks.support import SETTINGS, checks_of, failed, order

RED_THEME = Theme(palette=(("primary", "#C0392B"), ("accent", "#F1C40F")))


def blank():
    """A white cover with one speck on it."""
    picture = Image.new("RGB", (1500, 400), "white")
    ImageDraw.Draw(picture).ellipse((700, 180, 725, 205), fill=TEAL)
    return made(order("covers"), encoded(picture, "JPEG"))


def flat():
    """A texture of one colour."""
    return made(order("textures"), encoded(Image.new("RGB", (1024, 1024), TEAL), "JPEG"))


def all_noise():
    """A cover that is only noise."""
    return made(order("covers"), encoded(noise((1440, 384)), "WEBP", quality=90))


def wrong_size():
    """A finished icon of 128 pixels where 64 are wanted."""
    good = drawing("icons", 0)
    return dataclasses.replace(good, finished=encoded(open_image(good.finished).resize((128, 128))))


def wrong_format():
    """A JPEG where a PNG is wanted."""
    good = drawing("icons", 0)
    return dataclasses.replace(good, finished=encoded(open_image(good.finished), "JPEG", quality=95))


def wrong_extension(folder):
    """A PNG whose name says WebP."""
    good, path = drawing("icons", 0), folder / "icon.webp"
    path.write_bytes(good.finished)
    return dataclasses.replace(good, finished=path)


def fake_transparency():
    """An icon on a painted checkerboard, with no alpha."""
    return made(order("icons", input=(("background", "transparent"),)), encoded(checkerboard(32, 255, 204)))


def seam():
    """A texture cut out of a larger one."""
    return made(order("textures"), encoded(painted(between(clouds(tiles=False), TEAL, SKY)), "JPEG"))


def off_palette():
    """A teal cover in a red theme."""
    good = drawing("covers", 0)
    return dataclasses.replace(good, wanted=good.wanted.model_copy(update={"theme": RED_THEME}))


def illegible_by_contrast():
    """A symbol hardly lighter than its ground."""
    return made(order("icons"), encoded(line_art(80, ink=(0x70, 0xA0, 0x98), ground=TEAL)))


def illegible_by_detail():
    """A symbol of hairlines."""
    return made(order("icons"), encoded(line_art(6)))


def illegible_scene():
    """A whole scene as an icon."""
    return made(order("icons"), encoded(painted(between(clouds(roughness=1.0), (30, 50, 60), WHITE))))


def truncated():
    """An original of which a tenth is missing."""
    good = drawing("icons", 0)
    return dataclasses.replace(good, original=good.original[: len(good.original) * 9 // 10])


def busy_letter():
    """A letter header with stripes across."""
    stripes = (np.arange(1440) // 40 % 2)[None] * np.ones((300, 1))
    return made(order("letter_headers"), encoded(painted(between(stripes, TEAL, WHITE))))


DEFECTS = (
    (blank, {"content"}),
    (flat, {"spread"}),
    (all_noise, {"noise"}),
    (wrong_size, {"size"}),
    (wrong_format, {"format"}),
    (wrong_extension, {"format"}),
    (fake_transparency, {"checkerboard", "transparency"}),
    (seam, {"seam"}),
    (off_palette, {"palette"}),
    (illegible_by_contrast, {"symbol_contrast"}),
    (illegible_by_detail, {"detail"}),
    (illegible_scene, {"symbol_contrast", "detail"}),
    (truncated, {"decodes"}),
    (busy_letter, {"quiet_middle"}),
)
COLUMNS = ["decodes", *(kind.name for kind in CHECK_KINDS if kind.name != "stray_text"), "duplicate"]
WIDTH = 13
HEADS = "".join(f"{name[:12]:>{WIDTH}}" for name in COLUMNS)


def row(name, checks):
    """Return one line of the table: measured values, with a star where a check was not passed."""
    cells = [f"{c.value:.1f}{' ' if c.passed else '*'}" if (c := checks.get(column)) else "" for column in COLUMNS]
    return f"{name:<22}" + "".join(f"{cell:>{WIDTH}}" for cell in cells)


def test_each_made_defect_is_caught_by_its_check(tmp_path):
    lines, missed = [f"{'defect':<22}" + HEADS], {}
    for make, expected in DEFECTS:
        checks = checks_of(make(tmp_path) if make is wrong_extension else make())
        lines.append(row(make.__name__.replace("_", " "), checks))
        if not expected <= failed(checks):
            missed[make.__name__] = failed(checks)
    good = {one.wanted.key: open_image(one.finished) for one in (drawing("icons", n) for n in range(3))}
    pictures = good | {"copy": open_image(encoded(next(iter(good.values())), "JPEG", quality=95))}
    hashes = {key: perceptual_hash(picture) for key, picture in pictures.items()}
    twins = check_duplicates(hashes, pictures.__getitem__, settings=SETTINGS)
    lines.append(row("duplicate", {"duplicate": twins["copy"]}))
    print("\n".join(lines))  # noqa: T201 - the table is what one runs it for
    assert missed == {}
    assert not twins["copy"].passed


def test_no_good_drawing_of_fifty_is_suspected():
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(checks_of, fifty()))
    lines = [f"{'worst of ten good':<22}" + HEADS]
    for kind in dict.fromkeys(one.wanted.type for one in fifty()):
        of_kind = [checks for one, checks in zip(fifty(), found, strict=True) if one.wanted.type == kind]
        worst = {
            name: max((checks[name] for checks in of_kind), key=lambda c: c.value if c.bound == "at most" else -c.value)
            for name in of_kind[0]
        }
        lines.append(row(kind.value, worst))
    print("\n".join(lines))  # noqa: T201 - the table is what one runs it for
    assert len(found) == 50
    assert [failed(checks) for checks in found] == [set()] * 50


def test_checks_in_many_threads_say_what_they_say_alone():
    some = [drawing(kind, 1) for kind in ("icons", "covers", "textures", "letter_headers", "database_icons")] * 4
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(checks_of, some))
    assert together == [checks_of(one) for one in some]


@pytest.mark.parametrize("kind", ["icons", "covers", "textures"])
def test_a_decoded_original_gives_the_same_as_its_file(kind):
    one = drawing(kind, 0)
    decoded = open_image(one.original)
    assert checks_of(dataclasses.replace(one, original=decoded)) == checks_of(one)
