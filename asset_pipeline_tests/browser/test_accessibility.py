"""axe-core finds nothing serious on any page of the review, in light and in dark, on a laptop and on a phone."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from asset_pipeline_tests.browser.test_rollout import TOKEN, project, url

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found; apt-get install chromium brings one"),
]
SERIOUS = {"serious", "critical"}
PAGES = ("/", "/c/test", "/c/test/panel", "/i/{key}", "/compare/{key}", "/money", "/prompts", "/prompts/icons.md",
         "/prompts/tones.yaml", "/nothing")  # fmt: skip
__all__ = ["project", "url"]


def problems(page):
    """Return what axe-core finds on a page that is serious or worse, with the elements."""
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], one["help"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in SERIOUS
    ]


def test_no_page_has_a_serious_problem(project, url):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        found = {}
        for scheme, width in (("light", 1280), ("dark", 390)):
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=url)
            page.goto("/sign-in")
            found[f"/sign-in {scheme}"] = problems(page)
            page.get_by_label("Token").fill(TOKEN)
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("heading", name="Collections")).to_be_visible()
            key = sorted(project.images())[0]
            for path in PAGES:
                page.goto(path.format(key=key))
                page.wait_for_timeout(700)  # until what is fetched has come
                found[f"{path} {scheme}"] = problems(page)
            page.goto("/c/test")
            page.keyboard.press("?")
            found[f"keys {scheme}"] = problems(page)
            page.keyboard.press("Escape")
            page.keyboard.press("r")
            found[f"dialog {scheme}"] = problems(page)
        browser.close()
    assert {where: said for where, said in found.items() if said} == {}
