"""From the sample to the last image, as a person does it: in a browser, before the real page, runs and sandbox."""

import re
import shutil
import socket
from decimal import Decimal

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from asset_pipeline.ledger import Database
from asset_pipeline_tests.support.dagster_home import poll
from asset_pipeline_tests.support.projects import FolderProject
from asset_pipeline_tests.support.specs import spec_of

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found; apt-get install chromium brings one"),
]
WAIT_MS = 60_000
expect.set_options(timeout=WAIT_MS)
TOKEN = "a token of twenty-four chars"
SAMPLE, IMAGES = 6, 20
OWN = "A plain brass key on a white table, seen from above."


@pytest.fixture
def project(tmp_path):
    """A project whose sample is made; its sandbox draws a picture of its own for each image."""
    one = FolderProject.make(tmp_path / "project")
    one.set(sandbox__latency_s="0.1")
    one.env["REVIEW_TOKEN"] = TOKEN
    one.spec(spec_of(IMAGES, extra=[f"sample: {SAMPLE}", "title: The small things"]))
    assert one.command("run").code == 5
    return one


@pytest.fixture
def url(project):
    """Where `asset-pipeline review` serves the project."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"

    def answers():
        try:
            return httpx.get(f"{address}/sign-in").status_code == 200
        except httpx.TransportError:
            return False

    with project.start("review", "--port", port) as server:
        poll(answers, within_s=60, what="the review page")
        yield address
        server.terminate()
        server.communicate(timeout=30)


@pytest.fixture
def page(url):
    """A browser that has signed in; whatever its console complains of fails the test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        one = browser.new_page(viewport={"width": 1280, "height": 1000}, base_url=url)
        one.set_default_timeout(WAIT_MS)
        complaints: list[str] = []
        one.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        one.on("pageerror", lambda error: complaints.append(str(error)))
        one.goto("/")
        one.get_by_label("Your name").fill("Ada")
        one.get_by_label("Token").fill(TOKEN)
        one.get_by_role("button", name="Sign in").click()
        yield one
        browser.close()
    assert complaints == []


def ask(project, sql):
    """Ask the ledger, in turn with the page that is being served."""
    with Database(project.database) as database:
        return database.run(lambda connection: connection.execute(sql).fetchall())


def states(project):
    """Return the state of each image, from a ledger that others are using."""
    ran = project.command("status", "--images", "--json")
    return {key: row["state"] for key, row in ran.json["list"].items()}


def test_a_sample_is_seen_judged_and_approved_and_the_rest_arrives_live(project, page):
    page.get_by_role("link", name="The small things").first.click()
    expect(page.get_by_text("Only the sample is bought until somebody approves")).to_be_visible()
    expect(page.get_by_text(f"Sample: {SAMPLE} of {SAMPLE} seen")).to_be_visible()
    page.goto("/c/test?decision=waiting")
    tiles = page.locator("#wall > li")
    expect(tiles).to_have_count(SAMPLE)
    keys = [tiles.nth(n).get_attribute("data-key") for n in range(SAMPLE)]

    for _ in range(3):  # three approvals by key; each moves on to the next image
        page.keyboard.press("a")
    page.keyboard.press("s")
    page.keyboard.type("bolder, fewer lines")
    expect(page.locator("#ask-price")).to_contain_text(re.compile(r"about \$0\.04"))
    page.keyboard.press("Control+Enter")
    expect(page.locator("#notes")).to_contain_text(re.compile("4 decisions are taken|take 2 is made by the next run"))
    sent_back = keys[3]

    edited = keys[4]
    page.goto(f"/i/{edited}")
    page.keyboard.press("e")
    page.locator("#own-prompt").fill(OWN)
    page.get_by_role("button", name="Make from this prompt").click()
    expect(page.locator("#ask-price")).to_contain_text("$0.04")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#notes")).to_contain_text("is made by the next run")

    # What was asked for is made at once, by runs that the page has started.
    poll(lambda: (states(project)[sent_back], states(project)[edited]) == ("done", "done"), within_s=120,
         what="making the two images anew")  # fmt: skip

    page.goto("/c/test")
    panel = page.locator("#panel")
    panel.get_by_label("Allow up to, $").fill("5")
    panel.get_by_role("button", name="Approve for production").click()
    expect(page.locator("#notes")).to_contain_text("test is approved for production with $5.00")
    done = page.locator('.live [data-live="progress:test:done"]').first
    expect(done).to_have_text(str(IMAGES), timeout=120_000)  # without the page being loaded again
    expect(panel).to_contain_text("production", timeout=30_000)
    expect(page.locator("#wall img")).to_have_count(IMAGES, timeout=30_000)

    poll(lambda: project.command("status", "--json").json["calls"]["open"] == 0 or None, within_s=60, what="the end")
    decided = ask(
        project, "SELECT decision, coalesce(image_key, collection), reviewer FROM reviews ORDER BY created_at"
    )
    assert decided == [
        *(("approve", key, "Ada") for key in keys[:3]),
        ("regenerate", sent_back, "Ada"),
        ("edit", edited, "Ada"),
        ("approve", "test", "Ada"),
    ]
    assert len(project.images()) == IMAGES
    assert ask(project, "SELECT amount_usd, len(canary), ended_at, canary_passed_at IS NOT NULL FROM approvals") == [
        (Decimal(5), 5, None, True)
    ]
    # Each image was bought once, but for the two that were wanted anew; the edited one from the person's own words.
    bought = dict(ask(project, "SELECT image_key, count(*) FROM calls WHERE kind = 'image' GROUP BY image_key"))
    assert {key: count for key, count in bought.items() if count != 1} == {sent_back: 2, edited: 2}
    assert len(bought) == IMAGES
    (request,) = ask(
        project,
        f"SELECT request FROM calls WHERE kind = 'image' AND image_key = '{edited}' ORDER BY created_at DESC LIMIT 1",
    )
    assert OWN in request[0]
    noted = ask(project, "SELECT DISTINCT image_key FROM calls WHERE request LIKE '%bolder, fewer lines%'")
    assert noted == [(sent_back,)]
    stages = dict(ask(project, "SELECT stage, count(*) FROM calls WHERE kind = 'image' GROUP BY stage"))
    assert stages == {"sample": SAMPLE + 2, "production": IMAGES - SAMPLE}
    verified = project.command("verify", "data/images/test")
    assert verified.code == 0, verified.out
