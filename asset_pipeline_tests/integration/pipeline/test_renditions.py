"""Further files of an image: made of the one original that was paid, and gone when nobody wants them."""

import io

import pytest
from PIL import Image

from asset_pipeline.errors import SpecError
from asset_pipeline.provenance.embedding import read_provenance
from asset_pipeline_tests.support.specs import spec_of

TEMPLATE = {"mode": "template"}
WANTED = "[{scale: 2}, {size: 128x128, format: webp}, {format: avif}, {favicon: true}]"
NAMES = {
    "lantern.png": ("PNG", (64, 64)),
    "lantern@2x.png": ("PNG", (128, 128)),
    "lantern-128.webp": ("WEBP", (128, 128)),
    "lantern.avif": ("AVIF", (64, 64)),
    "lantern.ico": ("ICO", (48, 48)),
}


def want(house, renditions):
    house.want(spec_of(1, extra=[f"types: {{icons: {{renditions: {renditions}}}}}"]))


def files(house):
    found = {}
    for path in (house.project.root / "data" / "images" / "test" / "icons").iterdir():
        with Image.open(path) as picture:
            found[path.name] = (picture.format, picture.size)
    return found


def test_all_files_of_an_image_are_made_of_one_original_for_one_price(house):
    want(house, WANTED)
    (made,) = house.make_all(prompts=TEMPLATE).values()
    assert files(house) == NAMES
    assert len(made.renditions) == 4
    assert house.bought("replicate") == 1


def test_each_but_a_favicon_says_where_it_comes_from(house):
    want(house, WANTED)
    (made,) = house.make_all(prompts=TEMPLATE).values()
    for file in (made.file, *made.renditions):
        said = read_provenance((house.project.root / "data" / file.path).read_bytes())
        if file.path.endswith(".ico"):
            assert said is None
        else:
            assert (said.image_key, said.content_key) == ("test.icons.lantern", made.content_key)


def test_wanting_more_of_them_costs_nothing(house):
    want(house, "[]")
    house.make_all(prompts=TEMPLATE)
    want(house, WANTED)
    (made,) = house.make_all(prompts=TEMPLATE).values()
    assert (made.reused, house.bought("replicate")) == (True, 1)
    assert files(house) == NAMES


def test_those_that_nobody_wants_any_more_are_removed(house):
    want(house, WANTED)
    house.make_all(prompts=TEMPLATE)
    want(house, "[{scale: 2}]")
    house.make_all(prompts=TEMPLATE)
    assert set(files(house)) == {"lantern.png", "lantern@2x.png"}


def test_a_file_that_another_image_has_taken_over_stays(house):
    want(house, "[{size: 16x16}]")
    house.make_all(prompts=TEMPLATE)
    house.want(spec_of(1) + "  - {type: icons, title: Other, slug: lantern-16}\n")
    house.make(["test.icons.lantern-16"], prompts=TEMPLATE)
    house.make(["test.icons.lantern"], prompts=TEMPLATE)
    assert set(files(house)) == {"lantern.png", "lantern-16.png"}


@pytest.mark.parametrize(
    ("renditions", "said"),
    [
        ("[{format: png}]", "lantern.png is the image's own file"),
        ("[{scale: 2}, {scale: 2}]", "lantern@2x.png is wanted twice"),
        ("[{size: 9x9}]", "each from 16 to 4096"),
        ("[{favicon: true, size: 32x32}]", "a favicon has its own sizes"),
        ("[{sise: 32x32}]", "did you mean 'size'?"),
    ],
)
def test_what_cannot_be_made_is_named_before_anything_is_paid(house, renditions, said):
    with pytest.raises(SpecError) as refused:
        want(house, renditions)
    assert said in str(refused.value)
    assert "spec.yaml:" in str(refused.value)


def test_two_images_that_would_write_the_same_file_are_refused(house):
    text = spec_of(1, extra=["types: {icons: {renditions: [{size: 16x16}]}}"])
    with pytest.raises(SpecError) as refused:
        house.want(text + "  - {type: icons, title: Other, slug: lantern-16}\n")
    assert "test.icons.lantern and test.icons.lantern-16 would both be the file lantern-16.png" in str(refused.value)


def test_the_same_original_gives_the_same_bytes_again(house):
    want(house, WANTED)
    (first,) = house.make_all(prompts=TEMPLATE).values()
    for path in (house.project.root / "data" / "images" / "test" / "icons").iterdir():
        path.unlink()
    (again,) = house.make_all(prompts=TEMPLATE).values()
    assert [file.sha256 for file in (again.file, *again.renditions)] == [
        file.sha256 for file in (first.file, *first.renditions)
    ]


def test_a_file_without_metadata_has_none_where_the_settings_say_so(house):
    want(house, "[]")
    (made,) = house.make_all(prompts=TEMPLATE, provenance={"embed": False}).values()
    data = (house.project.root / "data" / made.file.path).read_bytes()
    assert read_provenance(data) is None
    assert Image.open(io.BytesIO(data)).info.get("xmp") is None


def test_a_plain_ground_is_cut_out_where_the_spec_says_so(house):
    house.want(spec_of(1, extra=["types: {icons: {transparent: true}}"]))
    (made,) = house.make_all(prompts=TEMPLATE).values()
    with Image.open(house.project.root / "data" / made.file.path) as picture:
        alpha = picture.convert("RGBA").getchannel("A")
    assert [alpha.getpixel(corner) for corner in ((0, 0), (63, 0), (0, 63))] == [0, 0, 0]
    assert alpha.getpixel((32, 32)) == 255
    assert next(check for check in made.checks if check.name == "transparency").passed


def test_a_jpg_cannot_be_transparent(house):
    with pytest.raises(SpecError, match=r"test.icons.lantern cannot be transparent: a jpg has no transparency"):
        house.want(spec_of(1, extra=["types: {icons: {transparent: true, format: jpg}}"]))
