"""The sandbox's drawings: the same every time, different where they should be, and fit for their use."""

import dataclasses
import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image, ImageChops, ImageStat

from asset_pipeline.sandbox.drawing import brief as briefs
from asset_pipeline.sandbox.drawing import colour, draw, letterheads, palette, textures
from asset_pipeline.sandbox.drawing.brief import Kind
from asset_pipeline.sandbox.drawing.motifs import MOTIFS, first_motif, stamp
from asset_pipeline.sandbox.drawing.render import draw_unmarked
from asset_pipeline.sandbox.drawing.scenes import SCENES
from asset_pipeline.sandbox.drawing.scenes.stage import set_stage

COLOURS = "palette #4A7C74, #90CDF4"
PROMPTS = {
    "icon": f"A flat icon of a compass, {COLOURS}",
    "database_icon": f"A database icon for contacts, {COLOURS}",
    "cover": f"A wide cover for the family hub, {COLOURS}",
    "texture": f"A seamless parchment texture, {COLOURS}",
    "letterhead": f"A letterhead for the bank, {COLOURS}",
    "poster": f"An abstract scene of quiet order, {COLOURS}",
}
SIZES = {"cover": (720, 192), "letterhead": (720, 150)}


def picture(prompt, *, size=(256, 256), seed=1):
    """Draw a prompt."""
    return draw(prompt, width=size[0], height=size[1], seed=seed)


def difference(first, second):
    """Mean absolute difference of two pictures, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(first, second)).mean) / 3


@pytest.mark.parametrize("kind", PROMPTS)
def test_the_same_arguments_give_the_same_pixels(kind):
    """Two calls with the same arguments return the same bytes."""
    size = SIZES.get(kind, (256, 256))
    assert picture(PROMPTS[kind], size=size).tobytes() == picture(PROMPTS[kind], size=size).tobytes()


def test_another_process_gives_the_same_pixels():
    """A process with another hash seed returns the same bytes for every kind."""
    script = (
        "import hashlib, sys; from asset_pipeline.sandbox.drawing import draw\n"
        "for prompt in sys.argv[1:]:\n"
        "    print(hashlib.sha256(draw(prompt, width=200, height=120, seed=7).tobytes()).hexdigest())"
    )
    for hash_seed in ("1", "4242"):
        found = subprocess.run(
            [sys.executable, "-c", script, *PROMPTS.values()],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout.split()
        here = [
            hashlib.sha256(picture(prompt, size=(200, 120), seed=7).tobytes()).hexdigest()
            for prompt in PROMPTS.values()
        ]
        assert found == here


def test_threads_do_not_disturb_each_other():
    """Drawings made at once in many threads equal those made one by one."""
    jobs = [(prompt, seed) for prompt in PROMPTS.values() for seed in range(4)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda job: picture(job[0], seed=job[1]).tobytes(), jobs))
    assert together == [picture(prompt, seed=seed).tobytes() for prompt, seed in jobs]


@pytest.mark.parametrize("kind", PROMPTS)
def test_every_seed_draws_something_else(kind):
    """Ten seeds give ten pictures of the same prompt."""
    size = SIZES.get(kind, (256, 256))
    assert len({picture(PROMPTS[kind], size=size, seed=seed).tobytes() for seed in range(10)}) == 10


@pytest.mark.parametrize("digest", range(40))
def test_no_variety_is_exhausted_by_its_seeds(digest):
    """Whatever scene, surface or style the prompt leads to, six seeds give six pictures."""
    for prompt in ("a cover", "a texture", "a letterhead"):
        brief = dataclasses.replace(briefs.read(prompt), digest=digest * 7 * 13 * 17 + digest)
        pictures = {draw_unmarked(brief, width=160, height=100, seed=seed).tobytes() for seed in range(6)}
        assert len(pictures) == 6


def test_kinds_subjects_and_palettes_are_told_apart():
    """Changing the kind, the subject or the colours visibly changes the picture."""
    kinds = [picture(prompt) for prompt in PROMPTS.values()]
    subjects = [picture(f"icon of a {word}, {COLOURS}") for word in ("compass", "key", "book", "house")]
    palettes = [
        picture(f"icon of a key, palette {colours}")
        for colours in ("#4A7C74 #90CDF4", "#1F2A44 #C8A24A", "#7A2E3A #E8C9A0", "#0E6BA8 #F2A541")
    ]
    for group in (kinds, subjects, palettes):
        for index, first in enumerate(group):
            for second in group[index + 1 :]:
                assert difference(first, second) > 1.5


@pytest.mark.parametrize("size", [(64, 64), (65, 97), (333, 77), (64, 700), (1441, 383), (2049, 300)])
def test_the_picture_has_exactly_the_size_asked_for(size):
    """Every kind comes as RGB in the size asked for, odd sizes too."""
    for prompt in PROMPTS.values():
        image = picture(prompt, size=size)
        assert (image.mode, image.size) == ("RGB", size)


def test_the_largest_size_is_drawn():
    """4096 by 4096 pixels are no problem."""
    assert picture(PROMPTS["icon"], size=(4096, 4096)).size == (4096, 4096)


@pytest.mark.parametrize("surface", textures.SURFACES)
@pytest.mark.parametrize("size", [(256, 256), (300, 170)])
def test_textures_tile_without_a_seam(surface, size):
    """Across the wrap-around edge, neighbours differ no more than neighbours inside do."""
    brief = briefs.read(f"seamless {surface} texture, {COLOURS}")
    assert textures.choose(brief) == surface
    image = draw_unmarked(brief, width=size[0], height=size[1], seed=3)
    for turned in (image, image.transpose(Image.Transpose.TRANSPOSE)):
        width, height = turned.size
        columns = [turned.crop((x, 0, x + 1, height)) for x in range(width)]
        steps = [difference(columns[x], columns[(x + 1) % width]) for x in range(width)]
        inside = sorted(steps[:-1])
        assert steps[-1] <= max(inside[int(len(inside) * 0.98)] * 1.25, 2.0)


@pytest.mark.parametrize("kind", ["icon", "database_icon"])
def test_the_primary_colour_dominates_an_icon(kind):
    """At least a quarter of an icon is the prompt's first colour or its tile's faint pattern."""
    image = picture(PROMPTS[kind], size=(512, 512))
    primary = colour.parse_hex("#4A7C74")
    near = sum(
        count
        for count, found in image.getcolors(512 * 512)
        if max(abs(a - b) for a, b in zip(found, primary, strict=True)) <= 16
    )
    exact = {found: count for count, found in image.getcolors(512 * 512)}[primary]
    assert near > 0.25 * 512 * 512
    assert exact > 0.1 * 512 * 512


@pytest.mark.parametrize("family", SCENES)
def test_the_primary_hue_colours_every_scene(family):
    """A scene's mean colour leans to the side of the colour wheel that the primary is on."""
    for hex_code, channel in (("#B02A30", 0), ("#1F7A3A", 1), ("#1C3FAA", 2)):
        brief = briefs.read(f"cover, palette {hex_code}, {hex_code}")
        mean = ImageStat.Stat(SCENES[family](set_stage(brief, 720, 192, 5)).image).mean
        assert max(range(3), key=lambda index: mean[index]) == channel


@pytest.mark.parametrize("colours", ["#4A7C74 #90CDF4", "#90CDF4 #4A7C74", "#808080", "#FFFFFF #FFF8E0", "#000000"])
def test_an_icon_is_readable_at_48_pixels(colours):
    """Reduced to 48 pixels, symbol and tile still contrast by 3 to 1, whatever the palette."""
    for word in ("compass", "house", "scales", "umbrella"):
        small = picture(f"icon of {word}, palette {colours}", size=(512, 512)).resize(
            (48, 48), Image.Resampling.LANCZOS
        )
        middle = small.crop((12, 12, 36, 36))
        ordered = sorted(colour.luminance(found) for found in middle.get_flattened_data())
        low, high = ordered[len(ordered) // 20], ordered[-len(ordered) // 20]
        assert (high + 0.05) / (low + 0.05) > 3


@pytest.mark.parametrize("primary", ["#4A7C74", "#F2A541", "#90CDF4", "#7F7F7F", "#FF0000", "#123456", "#FFFFFF"])
def test_a_symbol_stands_out_from_its_tile(primary):
    """Symbol and tile contrast by at least 4.5 to 1."""
    colours = palette.from_colours([colour.parse_hex(primary)])
    symbol = colours.symbol_on(colours.primary)
    assert colour.contrast(symbol, colours.primary) >= 4.5


@pytest.mark.parametrize("kind", PROMPTS)
def test_every_picture_carries_the_mark_in_its_lower_right(kind):
    """The only difference to the unmarked drawing is small, and lies in the lower right corner."""
    width, height = SIZES.get(kind, (512, 512))
    marked = picture(PROMPTS[kind], size=(width, height), seed=2)
    plain = draw_unmarked(briefs.read(PROMPTS[kind]), width=width, height=height, seed=2)
    left, top, right, bottom = ImageChops.difference(marked, plain).getbbox()
    assert left > width * 0.7
    assert top > height * 0.7
    assert (right - left) * (bottom - top) > 200
    corner = ImageStat.Stat(marked.crop((left, top, right, bottom)).convert("L"))
    assert corner.stddev[0] > 8  # letters, not a plain patch


@pytest.mark.parametrize("name", MOTIFS)
def test_every_motif_is_a_bold_symbol_inside_its_square(name):
    """A motif covers a fair part of its square, reaches towards two sides and is cut off at none."""
    image = stamp(name, 200, ink=(250, 250, 250), shade=(200, 200, 200), accent=(240, 165, 65))
    shape = image.getchannel("A")
    left, top, right, bottom = shape.getbbox()
    assert min(left, top, 200 - right, 200 - bottom) >= 0
    assert max(right - left, bottom - top) >= 150
    assert 0.12 < ImageStat.Stat(shape).mean[0] / 255 < 0.85
    edge = Image.new("L", (200, 200), 255)
    edge.paste(0, (1, 1, 199, 199))
    assert ImageStat.Stat(shape, edge).mean[0] < 12


@pytest.mark.parametrize("family", SCENES)
def test_every_scene_draws_in_every_shape(family):
    """Each family of scenes fills wide, square and tall pictures with more than a gradient."""
    brief = briefs.read(PROMPTS["cover"])
    for size in ((720, 192), (300, 300), (180, 400)):
        for seed in range(3):
            image = SCENES[family](set_stage(brief, *size, seed)).image
            assert image.size == size
            assert len(image.getcolors(size[0] * size[1])) > 60


def test_letter_headers_keep_their_middle_quiet():
    """Nothing but paper lies where a letter header's words go, in any style."""
    brief = briefs.read(PROMPTS["letterhead"])
    for style in range(4):
        styled = dataclasses.replace(brief, digest=style * 17)
        image = letterheads.draw(styled, 1920, 400, 3).image
        calm = image.crop((700, 110, 1220, 290)).convert("L")
        assert ImageStat.Stat(calm).stddev[0] < 3
        assert ImageStat.Stat(image.crop((0, 0, 300, 400)).convert("L")).stddev[0] > 10


@pytest.mark.parametrize(
    ("prompt", "kind", "motif"),
    [
        ("A flat icon of two keys", Kind.ICON, "key"),
        ("Icons for Families and their trees", Kind.ICON, "family"),
        ("database icon for Contacts", Kind.DATABASE_ICON, "contacts"),
        ("Wide banner: Credit Cards", Kind.COVER, "card"),
        ("Cover image, real estate, no people, no keys", Kind.COVER, "house"),
        ("Avoid: text, keys. Then a cover with an hourglass", Kind.COVER, "hourglass"),
        ("letter header for a law firm", Kind.LETTERHEAD, "gavel"),
        ("icon for the living will", Kind.ICON, "scroll"),
        ("An icon that will show umbrellas", Kind.ICON, "umbrella"),
        ("icon of a family tree", Kind.ICON, "tree"),
        ("a tileable surface of books", Kind.TEXTURE, "book"),
        ("a mountain under #FFFFFF", Kind.POSTER, "mountain"),
    ],
)
def test_the_prompt_is_understood(prompt, kind, motif):
    """Kind and subject come from whole words, plurals count, and what is not wanted does not."""
    brief = briefs.read(prompt)
    assert (brief.kind, brief.motif) == (kind, motif)


def test_a_word_inside_another_names_no_motif():
    """There is no key in "monkey" and no car in "scarcity"."""
    assert first_motif("monkey scarcity timeless foxglove") is None


def test_colours_come_from_the_prompt_in_their_order():
    """The first hex code is the primary, the second the accent; a repeated one counts once."""
    found = briefs.read("icon, #112233 and #445566, again #112233, then #abc").palette
    assert (found.primary, found.accent, found.extra) == ((17, 34, 51), (68, 85, 102), (170, 187, 204))


def test_prompts_without_colours_share_a_dozen_palettes():
    """Without hex codes the prompt itself decides, and different prompts get different palettes."""
    primaries = {briefs.read(f"icon number {index}").palette.primary for index in range(200)}
    assert len(primaries) == 12


def test_strange_prompts_are_drawn():
    """Empty text, lone surrogates and very long prompts are drawn like any other."""
    for prompt in ("", "\ud800 icon", "#GGGGGG #12", "cover " * 5000, "纹理 📜"):
        assert picture(prompt, size=(64, 64)).size == (64, 64)
