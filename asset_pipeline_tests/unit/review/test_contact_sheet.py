"""The contact sheet: every image of a collection with its name, size, state and cost, as a page and as a picture."""

import html
import io
import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from PIL import Image

from asset_pipeline.errors import SetupError
from asset_pipeline.images.files import FileStore
from asset_pipeline.images.finish import finish
from asset_pipeline.images.store import Delivery, save_deliveries
from asset_pipeline.ledger import Database
from asset_pipeline.paths import Paths
from asset_pipeline.review.contact_sheet import ContactSheets
from asset_pipeline.review.gallery import Gallery, Picture
from asset_pipeline.review.sheet_picture import draw_sheet
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline_tests.support.ledgers import new_ledger
from asset_pipeline_tests.support.wanted import wanted

EVIL = '<script>alert("1")</script> & "quotes"'
IMAGES = (
    wanted(),
    wanted(slug="evil", title=EVIL),
    wanted(slug="banner", title="Banner", type="covers", width=1500, height=400, format="webp"),
    wanted(slug="missing", title="Not made"),
)


class Page(HTMLParser):
    """What a browser would see of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.images = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note a tag."""
        self.tags.append(tag)
        if tag == "img":
            self.images.append(dict(attrs))


@pytest.fixture
def project(tmp_path):
    """A project's places and database: three of four images are made."""
    paths = Paths(root=tmp_path, data=tmp_path / "data", specs=tmp_path / "specs")
    files = FileStore(paths)
    with Database(new_ledger(paths.data / "pipeline.duckdb")) as database:
        Catalog(database).sync([Collection("test", EVIL, "t.yaml", "0", IMAGES)])
        for one in IMAGES[:3]:
            made = finish(Image.new("RGB", (50, 50), "teal"), width=one.width, height=one.height, format=one.format)
            delivery = Delivery(one.key, "r", "p", "c", files.deliver(one, made.data), None)
            database.submit(save_deliveries, delivery).result()
        yield paths, database


def write(project):
    """Write the sheet, and return it with its page's text."""
    paths, database = project
    sheet = ContactSheets(database, paths).write("test")
    return sheet, sheet.page.read_text(encoding="utf-8")


def test_the_page_shows_every_finished_image_at_its_size_and_the_files_are_there(project):
    sheet, text = write(project)
    shown = Page(text).images
    sizes = [(int(one["width"]), int(one["height"])) for one in shown]
    files = [(sheet.page.parent / one["src"]).resolve() for one in shown]
    assert len(shown) == 3
    for size, file in zip(sizes, files, strict=True):
        with Image.open(file) as picture:
            assert picture.size == size


def test_the_page_names_every_image_with_size_format_model_and_cost(project):
    _, text = write(project)
    for one in IMAGES:
        assert f'id="{one.key}"' in text
        assert html.escape(one.title, quote=False).replace('"', "&#34;") in text
        assert f"{one.width}\N{MULTIPLICATION SIGN}{one.height} {one.format} · $0.00 · {one.model}" in text
    assert "3 of 4 images" in text
    assert len(re.findall(r"<h2>(.+)</h2>", text)) == 2


def test_titles_cannot_put_anything_into_the_page(project):
    _, text = write(project)
    page = Page(text)
    assert "script" not in page.tags
    assert EVIL in [one["alt"] for one in page.images]


def test_an_image_that_is_not_made_is_shown_with_its_state_and_the_reason(project):
    _, database = project
    Catalog(database)
    database.run(
        lambda c: c.execute("UPDATE store.images SET state = 'failed', reason = 'a <b>' WHERE state <> 'done'")
    )
    _, text = write(project)
    assert '<span class="state" title="a &lt;b&gt;">failed</span>' in text


def test_an_image_whose_file_has_been_deleted_is_not_linked(project):
    paths, _ = project
    (paths.images / IMAGES[0].file_name).unlink()
    _, text = write(project)
    assert len(Page(text).images) == 2
    assert "2 of 4 images" in text


def test_the_picture_is_a_png_as_wide_as_a_page_with_the_images_on_it(project):
    sheet, _ = write(project)
    with Image.open(sheet.picture) as picture:
        assert (picture.format, picture.width) == ("PNG", 1600)
        colours = {colour for _, colour in picture.getcolors(maxcolors=1 << 24)}
    assert any(abs(r) < 10 and abs(g - 128) < 10 and abs(b - 128) < 10 for r, g, b in colours)


def test_writing_again_gives_the_same_bytes(project):
    first, text = write(project)
    before = first.picture.read_bytes()
    second, again = write(project)
    assert (again, second.picture.read_bytes()) == (text, before)


def test_an_unknown_collection_is_a_clear_error(project):
    paths, database = project
    with pytest.raises(SetupError, match="there is no collection 'nope'"):
        ContactSheets(database, paths).write("nope")


def drawn(count):
    """Return the size of a collection's picture."""
    pictures = tuple(
        Picture(f"t.icons.n{n}", "icons", "W" * 200, "missing", None, 64, 64, "png", "a/b", Decimal(0), None, (), None)
        for n in range(count)
    )
    with Image.open(io.BytesIO(draw_sheet(Gallery("t", "T", pictures)))) as picture:
        return picture.size


def test_the_picture_can_be_drawn_of_none_of_one_and_of_more_than_it_shows():
    none, one, most, more = (drawn(count) for count in (0, 1, 240, 300))
    assert none[0] == one[0] == 1600
    assert none[1] < one[1] < most[1]
    assert more == most
