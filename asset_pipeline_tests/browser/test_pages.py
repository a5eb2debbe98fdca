"""What a person sees: the partitions of the images in Dagster's pages, and every picture on a contact sheet."""

import re
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from asset_pipeline_tests.support.dagster_home import dev_server
from asset_pipeline_tests.support.projects import FolderProject
from asset_pipeline_tests.support.specs import spec_of

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
KEYS = ["test.icons.lantern", "test.icons.compass", "test.icons.anchor"]
WAIT_MS = 60_000
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found; apt-get install chromium brings one"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with three finished images."""
    one = FolderProject.make(tmp_path_factory.mktemp("browser") / "project")
    one.spec(spec_of(3))
    ran = one.command("run")
    assert ran.code == 0, ran.err
    return one


@pytest.fixture(scope="module")
def server(project):
    with dev_server(project) as one:
        yield one


@pytest.fixture
def page():
    """A page of a browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        one = browser.new_page(viewport={"width": 1400, "height": 700})
        one.set_default_timeout(WAIT_MS)
        yield one
        browser.close()


def test_the_asset_page_lists_every_image_as_a_partition(server, page):
    page.goto(f"{server.url}/assets/generated_images?view=partitions")
    for key in KEYS:
        expect(page.get_by_text(key, exact=True).first).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text(re.compile(r"Materialized\s*\(3\)")).first).to_be_visible(timeout=WAIT_MS)


def test_the_lineage_shows_the_three_stages_and_the_contact_sheets(server, page):
    page.goto(f"{server.url}/asset-groups")
    for name in ("prompts", "orchestrated_prompts", "generated_images", "contact_sheets"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible(timeout=WAIT_MS)


def test_the_contact_sheet_opens_with_all_its_pictures(project, page):
    sheet = project.root / "data" / "reports" / "test" / "contact-sheet.html"
    page.goto(sheet.as_uri())
    pictures = page.locator("img")
    expect(pictures).to_have_count(3)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("image => image.decode()")
        assert picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [64, 64]
    assert [title.split("\n")[0] for title in page.locator("figcaption").all_inner_texts()] == [
        "Lantern",
        "Compass",
        "Anchor",
    ]
