"""What a spec spells out: pages, variants, defaults of types and what an image says itself."""

import re
from collections import Counter

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from asset_pipeline.specs import ImageType, load_specs
from asset_pipeline.specs.fields import slugify

KEY = re.compile(r"[a-z0-9-]+\.[a-z_]+\.[a-z0-9-]+")


def images_of(load, text):
    """Return the wanted images of a spec without problems, by key without the collection."""
    loaded = load(f"collection: test\n{text}")
    assert loaded.problems == ()
    return {image.key.removeprefix("test."): image for image in loaded.collections[0].images}


def test_a_page_gives_one_icon_and_one_cover_that_say_what_the_page_says(load):
    images = images_of(load, "pages:\n  - {title: Executor Hub, description: Start, role: executor, tier: hub}\n")
    assert list(images) == ["icons.executor-hub", "covers.executor-hub"]
    said = {(image.title, image.description, image.role, image.tier) for image in images.values()}
    assert said == {("Executor Hub", "Start", "executor", "hub")}


def test_a_tone_is_the_images_own_or_that_of_its_page(load):
    images = images_of(
        load,
        "images: [{type: textures, title: M, tone: tech_bridge}, {type: textures, title: N}]\n"
        "pages: [{title: A, tone: warm_welcome}]\n",
    )
    assert {key: image.tone for key, image in images.items()} == {
        "textures.m": "tech_bridge",
        "textures.n": None,
        "icons.a": "warm_welcome",
        "covers.a": "warm_welcome",
    }


@pytest.mark.parametrize("tone", ["Warm Welcome", "warm-welcome", "_warm", "''"])
def test_a_tone_that_can_be_none_is_refused_where_it_stands(load, tone):
    (problem,) = load(f"collection: test\npages:\n  - {{title: A, tone: {tone}}}\n").problems
    assert str(problem).startswith("spec.yaml:3: pages[0].tone: ")
    assert "such as warm_welcome" in str(problem)


def test_listed_images_come_first_and_pages_after_in_the_order_of_the_spec(load):
    images = images_of(load, "pages: [{title: Z}, {title: A}]\nimages: [{type: textures, title: M, variants: 2}]\n")
    assert list(images) == ["textures.m", "textures.m-2", "icons.z", "covers.z", "icons.a", "covers.a"]


def test_variants_are_numbered_images_of_the_same_thing_and_the_first_keeps_the_plain_name(load):
    images = images_of(load, "images: [{type: textures, slug: parchment, title: Old Paper, variants: 3}]\n")
    assert {key: image.variant for key, image in images.items()} == {
        "textures.parchment": 1,
        "textures.parchment-2": 2,
        "textures.parchment-3": 3,
    }
    assert {image.title for image in images.values()} == {"Old Paper"}


@pytest.mark.parametrize(
    ("kind", "size", "image_format"),
    [
        ("icons", (64, 64), "png"),
        ("covers", (1500, 400), "webp"),
        ("textures", (512, 512), "jpg"),
        ("letter_headers", (1920, 400), "png"),
        ("database_icons", (48, 48), "png"),
    ],
)
def test_a_type_that_the_spec_says_nothing_about_has_its_own_size_and_format(load, kind, size, image_format):
    (image,) = images_of(load, f"images: [{{type: {kind}, title: A}}]\n").values()
    assert ((image.width, image.height), image.format) == (size, image_format)
    assert "/" in image.model


def test_there_is_a_default_for_every_type(load):
    lines = "".join(f"  - {{type: {kind}, title: A}}\n" for kind in ImageType)
    assert {image.type for image in images_of(load, f"images:\n{lines}").values()} == set(ImageType)


@pytest.mark.parametrize(
    ("key", "of_type", "of_image", "read"),
    [
        ("model", "own/model", "other/model", lambda image: image.model),
        ("size", "100x50", "32x16", lambda image: f"{image.width}x{image.height}"),
        ("format", "webp", "jpg", lambda image: image.format),
        ("master_prompt", "of the type", "of the image", lambda image: image.master_prompt),
    ],
)
def test_what_an_image_says_beats_its_type_in_the_spec_which_beats_the_default(load, key, of_type, of_image, read):
    wishes = (
        f"images: [{{type: icons, title: A}}, {{type: icons, title: B, {key}: {of_image}}},"
        " {type: covers, title: C}]\n"
        "pages: [{title: D}]\n"
    )
    images = images_of(load, f"types: {{icons: {{{key}: {of_type}}}}}\n{wishes}")
    assert [read(images[f"icons.{slug}"]) for slug in "abd"] == [of_type, of_image, of_type]
    default = images_of(load, wishes)
    assert [read(images[f"covers.{slug}"]) for slug in "cd"] == [read(default[f"covers.{slug}"]) for slug in "cd"]


def test_a_type_may_set_one_thing_and_leave_the_others_as_they_are(load):
    images = images_of(
        load, "types: {icons: {size: 32x32}}\nimages: [{type: icons, title: A}, {type: covers, title: A}]\n"
    )
    icon = images["icons.a"]
    assert (icon.width, icon.height, icon.format, icon.model) == (32, 32, "png", "recraft-ai/recraft-v3")


def test_jpeg_and_jpg_are_the_same_wish(load):
    first, second = (
        images_of(load, f"images: [{{type: icons, title: A, format: {name}}}]\n")["icons.a"] for name in ("jpg", "jpeg")
    )
    assert first.sha256 == second.sha256
    assert first.file_name == "test/icons/a.jpg"


def test_words_and_colours_may_be_written_in_either_way(load):
    lists = 'theme: {style: [old, fine], mood: [calm], palette: ["#abc", "#4a7c74"]}\n'
    texts = 'theme: {style: "old, fine", mood: calm, palette: {color 1: "#AABBCC", color 2: "#4A7C74"}}\n'
    image = "images: [{type: icons, title: A}]\n"
    assert images_of(load, lists + image)["icons.a"].theme == images_of(load, texts + image)["icons.a"].theme


@pytest.mark.parametrize(
    ("title", "slug"),
    [("Executor Hub", "executor-hub"), ("  Ärzte & Co. ", "arzte-co"), ("Nº 5", "no-5"), ("日本", ""), ("--", "")],
)
def test_a_title_gives_a_slug_of_plain_letters_digits_and_hyphens(title, slug):
    assert slugify(title) == slug


titles = st.text(st.sampled_from("aAbB1é -._/\\:!日㏒\n"), min_size=1, max_size=6)
LETTERS = "abcxyz0129"
good_slugs = st.builds(str.__add__, st.sampled_from(LETTERS), st.text(st.sampled_from(f"{LETTERS}-"), max_size=4))
slugs = good_slugs | st.sampled_from(["a", "a-2", "b", "../a", "A", "a\n"])
types = st.sampled_from([*ImageType])
entries = st.fixed_dictionaries(
    {"title": titles, "type": types.map(str)}, optional={"slug": slugs, "variants": st.integers(0, 4)}
)
pages = st.fixed_dictionaries({"title": titles}, optional={"slug": slugs})
specs = st.fixed_dictionaries(
    {"collection": slugs, "images": st.lists(entries, max_size=5), "pages": st.lists(pages, max_size=3)}
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("specs")


@settings(deadline=None)
@given(spec=specs)
def test_whatever_a_spec_says_it_is_refused_or_gives_unique_keys_that_are_safe_names(folder, spec):
    path = folder / "spec.yaml"
    path.write_text(yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8")
    loaded = load_specs([path], root=folder, max_file_mb=2)
    assert bool(loaded.problems) != bool(loaded.collections)
    for collection in loaded.collections:
        keys = Counter(image.key for image in collection.images)
        assert [key for key in keys if not KEY.fullmatch(key)] == []
        assert set(keys.values()) == {1}
        wished = sum(entry.get("variants", 1) for entry in spec["images"]) + 2 * len(spec["pages"])
        assert len(keys) == wished
        inside = [(folder / image.file_name).resolve().is_relative_to(folder.resolve()) for image in collection.images]
        assert all(inside)


@settings(deadline=None)
@given(spec=specs)
def test_keys_are_refused_exactly_when_two_images_share_one(folder, spec):
    """The check on the raw file and the expansion agree: among valid entries, a clash of names is the only refusal."""
    wished = []
    for entry in [*spec["images"], *({**page, "type": kind} for page in spec["pages"] for kind in ("icons", "covers"))]:
        slug = entry["slug"] if "slug" in entry else slugify(entry["title"])
        if slug:
            wished += [
                (entry["type"], slug if n == 1 else f"{slug}-{n}") for n in range(1, entry.get("variants", 1) + 1)
            ]
    path = folder / "clash.yaml"
    path.write_text(yaml.safe_dump(spec, allow_unicode=True), encoding="utf-8")
    loaded = load_specs([path], root=folder, max_file_mb=2)
    clashes = [problem for problem in loaded.problems if "is already wanted" in problem.message]
    assert len(clashes) == len(wished) - len(set(wished))
