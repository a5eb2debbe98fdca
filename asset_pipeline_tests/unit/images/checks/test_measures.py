"""What each check measures, on pictures that no sandbox draws, good and bad, on both sides of each threshold."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from asset_pipeline.images.checks import check_picture
from asset_pipeline.images.inspect import open_image
from asset_pipeline.sandbox.drawing import draw
from asset_pipeline.specs import Theme
from asset_pipeline_tests.unit.images.checks.drawings import drawing
from asset_pipeline_tests.unit.images.checks.pictures import (
    BLACK,
    SIDE,
    SKY,
    TEAL,
    WHITE,
    between,
    bricks,
    checkerboard,
    clouds,
    cut_out,
    encoded,
    line_art,
    noise,
    painted,
    photograph,
    plaid,
)
from asset_pipeline_tests.unit.images.checks.support import SETTINGS, checks_of_picture, failed


def sky():
    """Return a gradient from top to bottom."""
    return painted(between(np.linspace(0, 1, 640)[:, None] * np.ones(1440), TEAL, SKY))


def chart():
    """Return a checkerboard that is meant as one: in colour."""
    return painted(between((np.indices((640, 1440)) // 80).sum(axis=0) % 2, TEAL, WHITE))


DARK = Theme(palette=(("ground", "#14171F"), ("light", "#6C8EFF")))
GOOD = {
    "a photograph": (photograph, "covers", "PNG"),
    "a grainy photograph": (lambda: photograph(grain=12), "covers", "JPEG"),
    "a grey photograph": (lambda: photograph().convert("L"), "covers", "JPEG"),
    "a clear sky": (sky, "covers", "JPEG"),
    "soft clouds behind a letter": (photograph, "letter_headers", "JPEG"),
    "line art on white": (lambda: line_art(40), "icons", "PNG"),
    "bold line art, small": (lambda: line_art(64), "database_icons", "WEBP"),
    "a white symbol on nothing": (lambda: cut_out(WHITE), "icons", "PNG"),
    "a dark symbol on nothing": (lambda: cut_out(BLACK), "icons", "PNG"),
    "a colour chart": (chart, "covers", "PNG"),
    "smooth clouds": (lambda: painted(between(clouds(roughness=1.6), TEAL, SKY)), "textures", "JPEG"),
    "rough plaster": (lambda: painted(between(clouds(roughness=0.9), TEAL, WHITE)), "textures", "JPEG"),
    "faint paper": (
        lambda: painted(between(clouds(roughness=1.0), (236, 230, 215), (248, 244, 235))), "textures", "JPEG"
    ),
    "bricks": (bricks, "textures", "JPEG"),
    "plaid": (plaid, "textures", "JPEG"),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_a_good_picture_passes_all_checks(name):
    picture, kind, file_format = GOOD[name]
    assert failed(checks_of_picture(picture(), kind, file_format=file_format)) == set()


def test_a_bright_symbol_on_a_dark_ground_is_good_in_a_dark_theme_and_strange_in_another():
    picture = line_art(60, ink=(0x6C, 0x8E, 0xFF), ground=(0x14, 0x17, 0x1F))
    assert failed(checks_of_picture(picture, "icons", theme=DARK)) == set()
    assert failed(checks_of_picture(picture, "icons", theme=Theme(palette=(("a", "#C0392B"),)))) == {"palette"}


def test_without_a_palette_no_colour_is_strange():
    assert "palette" not in checks_of_picture(photograph(), "covers", theme=Theme())


def test_tints_shades_and_mixtures_of_the_palette_belong_to_it():
    shares = np.linspace(0, 1, 400)[:, None] * np.ones(1500)
    for first, second in ((TEAL, WHITE), (TEAL, (0, 0, 0)), (TEAL, SKY)):
        value = checks_of_picture(painted(between(shares, first, second)), "covers")["palette"].value
        assert value < 4


def test_a_vivid_stranger_counts_for_more_than_the_white_around_it():
    picture = Image.new("RGB", (1500, 400), "white")
    ImageDraw.Draw(picture).ellipse((700, 150, 800, 250), fill=(220, 30, 30))
    assert failed(checks_of_picture(picture, "covers")) == {"palette"}


@pytest.mark.parametrize(("diameter", "seen"), [(20, False), (40, False), (90, True), (200, True)])
def test_a_picture_with_next_to_nothing_on_it_is_blank(diameter, seen):
    picture = Image.new("RGB", (1500, 400), "white")
    ImageDraw.Draw(picture).ellipse((700, 100, 700 + diameter, 100 + diameter), fill=TEAL)
    assert ("content" not in failed(checks_of_picture(picture, "covers"))) is seen


@pytest.mark.parametrize(
    ("grain", "kind"), [(1, "covers"), (2, "covers"), (8, "covers"), (1, "textures"), (1, "icons")]
)
@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP"])
def test_noise_is_found_in_fine_and_in_coarse_grains(grain, kind, file_format):
    checks = checks_of_picture(noise(grain=grain), kind, file_format=file_format, format="png")
    assert "noise" in failed(checks)


def test_noise_counts_by_how_much_of_the_picture_it_is():
    clean = np.array(line_art(60), dtype=float)
    stained = [
        checks_of_picture(painted(clean * (1 - share) + np.array(noise()) * share), "icons")["noise"].value
        for share in (0.0, 0.3, 0.5, 0.8)
    ]
    assert stained == sorted(stained)
    assert stained[0] < 20
    assert stained[-1] > 80


@pytest.mark.parametrize("side", [8, 16, 20, 33, 50, 64, 100])
@pytest.mark.parametrize(("light", "dark"), [(255, 204), (255, 238), (153, 102)])
@pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
def test_a_painted_checkerboard_is_found(side, light, dark, file_format):
    check = checks_of_picture(checkerboard(side, light, dark), "icons", file_format=file_format)["checkerboard"]
    assert not check.passed
    assert check.value == pytest.approx(77, abs=4)  # all but the disc, and what is neither shade at the edges


def test_a_checkerboard_is_found_askew_and_in_the_corners_alone():
    askew = checkerboard(32, 255, 204).rotate(2, resample=Image.Resampling.BICUBIC)
    corners = checkerboard(32, 255, 204)
    ImageDraw.Draw(corners).ellipse((60, 60, 964, 964), fill=TEAL)
    for picture in (askew, corners):
        assert "checkerboard" in failed(checks_of_picture(picture, "icons"))


@pytest.mark.parametrize("asked", [{"transparent": True}, {"input": (("background", "transparent"),)}])
def test_where_transparency_is_wanted_it_must_be_real(asked):
    assert failed(checks_of_picture(cut_out(TEAL), "icons", **asked)) == set()
    assert "transparency" in failed(checks_of_picture(line_art(60, ink=TEAL), "icons", **asked))
    assert "transparency" in failed(checks_of_picture(cut_out(BLACK), "icons", format="jpg", **asked))


def test_where_transparency_is_not_wanted_nobody_asks_for_it():
    assert "transparency" not in checks_of_picture(line_art(60), "icons")


@pytest.mark.parametrize(
    ("ink", "passes"), [((0x55, 0x87, 0x7F), False), ((0x95, 0xC5, 0xBB), False), ((0xC0, 0xE8, 0xE0), True)]
)
def test_a_symbol_must_stand_out_from_its_ground(ink, passes):
    check = checks_of_picture(line_art(80, ink=ink, ground=TEAL), "icons")["symbol_contrast"]
    assert check.passed is passes


@pytest.mark.parametrize(
    ("kind", "width", "passes"),
    [
        ("icons", 24, True),
        ("icons", 12, False),
        ("icons", 4, False),
        ("database_icons", 64, True),
        ("database_icons", 12, False),
    ],
)
def test_a_symbol_of_hairlines_is_illegible_when_it_is_small(kind, width, passes):
    assert checks_of_picture(line_art(width), kind)["detail"].passed is passes


@pytest.mark.parametrize("subject", ["a garden", "the library", "a harbour at night", "the theatre", "the post office"])
@pytest.mark.parametrize("kind", ["icons", "database_icons"])
def test_a_scene_is_no_icon(kind, subject):
    scene = draw(f"A wide cover for {subject}, palette #4A7C74, #90CDF4", width=SIDE, height=SIDE, seed=1)
    assert "detail" in failed(checks_of_picture(scene, kind))


def test_a_photograph_is_no_icon():
    picture = painted(between(clouds(roughness=1.0), (30, 50, 60), SKY))
    assert failed(checks_of_picture(picture, "icons")) == {"symbol_contrast", "detail"}


@pytest.mark.parametrize("roughness", [0.9, 1.2, 1.6])
def test_a_part_of_larger_clouds_does_not_tile(roughness):
    whole, part = (
        checks_of_picture(painted(between(clouds(roughness=roughness, tiles=tiles), TEAL, SKY)), "textures")["seam"]
        for tiles in (True, False)
    )
    assert (whole.passed, part.passed) == (True, False)


@pytest.mark.parametrize("down", [False, True])
def test_a_light_that_falls_from_one_side_makes_a_seam(down):
    slope = np.linspace(0, 0.3, SIDE)[None] * np.ones((SIDE, 1))
    shares = clouds(roughness=0.9) * 0.7 + (slope.T if down else slope)
    assert failed(checks_of_picture(painted(between(shares, TEAL, SKY)), "textures")) == {"seam"}


@pytest.mark.parametrize("number", range(5))
def test_a_texture_that_was_cut_has_a_seam(number):
    one = drawing("textures", number)
    cut = open_image(one.original).crop((0, 0, 931, 931))
    assert "seam" in failed(checks_of_picture(cut, "textures", theme=one.wanted.theme))


def test_a_scene_behind_a_letter_is_busy_in_the_middle():
    scene = Image.new("RGB", (1440, 300), WHITE)
    pen = ImageDraw.Draw(scene)
    for left in range(0, 1440, 90):
        pen.rectangle((left, 60, left + 40, 240), fill=TEAL)
    assert failed(checks_of_picture(scene, "letter_headers")) == {"quiet_middle"}


def test_a_file_of_another_size_format_or_kind_of_colours_is_found(tmp_path):
    good = drawing("icons", 0)
    picture = open_image(good.finished)

    def failing(finished):
        found = check_picture(good.original, finished, wanted=good.wanted, settings=SETTINGS)
        return {check.name: check.value for check in found if not check.passed}

    assert failing(encoded(picture.resize((64, 61)))) == {"size": 3}
    assert failing(encoded(picture, "WEBP", lossless=True)) == {"format": 1}
    assert failing(encoded(picture.convert("LA"))) == {"colour_mode": 1}
    misnamed = tmp_path / "icon.jpeg"
    misnamed.write_bytes(good.finished)
    assert failing(misnamed) == {"format": 1}


def test_an_original_that_is_much_too_small_is_told():
    assert failed(checks_of_picture(photograph((720, 192)), "covers")) == {"enlargement"}


def test_each_type_is_asked_what_is_for_it():
    own = {kind: set(checks_of_picture(photograph((1440, 640)), kind)) for kind in
           ("icons", "database_icons", "covers", "textures", "letter_headers")}  # fmt: skip
    every = set.intersection(*own.values())
    assert every == {"decodes", "size", "format", "colour_mode", "enlargement", "spread", "noise", "palette"}
    assert (
        own["icons"] - every
        == {"content", "checkerboard", "symbol_contrast", "detail"}
        == own["database_icons"] - every
    )
    assert own["covers"] - every == {"content", "checkerboard"}
    assert own["textures"] - every == {"seam"}
    assert own["letter_headers"] - every == {"checkerboard", "quiet_middle"}


@pytest.mark.parametrize("kind", ["icons", "covers", "textures", "letter_headers", "database_icons"])
@pytest.mark.parametrize("size", [(16, 16), (4096, 16), (16, 1000)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "I;16"])
def test_any_size_and_mode_that_can_be_finished_can_be_checked(kind, size, mode):
    picture = Image.radial_gradient("L").resize((300, 40))
    picture = picture.convert("I").convert(mode) if mode == "I;16" else picture.convert(mode)
    for check in checks_of_picture(picture, kind, width=size[0], height=size[1]).values():
        assert np.isfinite(check.value)
        assert check.text.endswith(".")


def test_one_pixel_can_be_checked():
    assert failed(checks_of_picture(Image.new("RGB", (1, 1), TEAL), "icons")) >= {"content", "spread", "enlargement"}
