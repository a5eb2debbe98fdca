"""The review page in a browser: keys decide, prices are shown before what costs money, and every page fits a phone."""

import shutil
import threading

import pytest
import uvicorn
from playwright.sync_api import expect, sync_playwright
from pydantic import SecretStr

from asset_pipeline.review.app import review_app
from asset_pipeline_tests.support.projects import FolderProject
from asset_pipeline_tests.support.reviewed import ANCHOR, COMPASS, EVIL_ONE, LANTERN, TOKEN, fill, reviewed

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found; apt-get install chromium brings one"),
]
WAIT_MS = 20_000
ALL_PAGES = ("/", "/c/test", "/c/test/panel", f"/i/{LANTERN}", f"/i/{EVIL_ONE}", f"/i/{ANCHOR}", f"/compare/{COMPASS}")


@pytest.fixture
def served(tmp_path):
    """A review page that is served, with what it hands decisions to."""
    with reviewed(FolderProject.make(tmp_path / "project")) as one:
        fill(one)
        config = uvicorn.Config(None, host="127.0.0.1", port=0, log_level="critical", ws="none")
        server = uvicorn.Server(config)
        socket = config.bind_socket()
        one.port = socket.getsockname()[1]
        one.url = f"http://127.0.0.1:{one.port}"
        config.app = review_app(one.project, one.database, one.desk, SecretStr(TOKEN), port=one.port)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
        thread.start()
        try:
            yield one
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def page(served):
    """A page of a browser that is signed in; whatever its console complains about fails the test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1200, "height": 800}, base_url=served.url)
        one = context.new_page()
        one.set_default_timeout(WAIT_MS)
        complaints = []
        one.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        one.on("pageerror", lambda error: complaints.append(str(error)))
        one.goto("/sign-in")
        one.get_by_label("Token").fill(TOKEN)
        one.get_by_label("Your name").fill("Ada")
        one.get_by_role("button", name="Sign in").click()
        expect(one.get_by_role("heading", name="Collections")).to_be_visible()
        one.complaints = complaints
        yield one
        browser.close()
    assert [text for text in complaints if "503" not in text] == []


def decided(served):
    """Return what was decided, each decision once, as the desk counts it."""
    by_id = {one.decision_id: (one.image_key, str(one.kind)) for one in served.desk.decided}
    return list(by_id.values())


def test_keys_move_decide_and_take_back(served, page):
    page.goto("/c/test")
    page.keyboard.press("a")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("f")
    page.keyboard.press("u")
    expect(page.locator("#notes")).to_contain_text(f"{LANTERN}: approve")
    assert decided(served) == [(LANTERN, "approve")]
    page.keyboard.press("u")
    expect(page.locator("#notes")).to_contain_text("taken back")
    assert served.desk.asked[-1][0] == "undo"
    assert served.desk.asked[-1][1] == [served.desk.decided[0].decision_id]


def test_a_rejection_takes_a_note_and_letters_typed_into_it_decide_nothing(served, page):
    page.goto("/c/test")
    page.keyboard.press("r")
    page.keyboard.type("a sad f")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#notes")).to_contain_text(f"{LANTERN}: reject")
    (decision,) = served.desk.decided
    assert (decision.kind, decision.note) == ("reject", "a sad f")


def test_what_costs_money_shows_its_price_before_it_can_be_sent(served, page):
    page.goto(f"/i/{LANTERN}")
    page.keyboard.press("s")
    expect(page.get_by_text("Usually $0.04, at most $0.09.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#ask")).to_be_hidden()
    page.keyboard.press("2")
    expect(page.get_by_role("heading", name="Pick another candidate")).to_be_visible()
    expect(page.get_by_role("button", name="Make from this candidate")).to_be_enabled()
    page.get_by_role("button", name="Make from this candidate").click()
    expect(page.locator("#notes")).to_contain_text(f"{LANTERN}: pick")
    (decision,) = served.desk.decided
    assert (decision.kind, decision.candidate) == ("pick", 1)


def test_nothing_is_sent_whose_own_price_was_not_shown(served, page):
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    page.goto(f"/i/{LANTERN}")
    page.keyboard.press("s")
    page.clock.run_for(1)
    expect(page.locator("#ask-price")).to_have_text("Usually $0.04, at most $0.09.")
    page.keyboard.type("fewer lines")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#ask")).to_be_visible()
    expect(page.locator("#ask-ok")).to_be_disabled()
    page.clock.run_for(500)
    expect(page.locator("#ask-ok")).to_be_enabled()
    page.keyboard.press("Control+Enter")
    page.clock.run_for(1_000)
    expect(page.locator("#notes")).to_contain_text(f"{LANTERN}: regenerate")
    assert [rest[0].note for what, *rest in served.desk.asked if what == "price"] == ["", "fewer lines"]
    assert [one.note for one in served.desk.decided] == ["fewer lines"]


def test_a_price_that_comes_late_is_not_told_of_another_image(served, page):
    held = []

    def answer(route):
        if LANTERN in route.request.post_data:
            held.append(route)
        else:
            route.fulfill(json={"sentence": "That of the compass."})

    page.goto("/c/test")
    page.route("**/api/price", answer)
    with page.expect_request("**/api/price"):
        page.keyboard.press("s")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    expect(page.locator("#ask-price")).to_have_text("That of the compass.")
    with page.expect_response("**/api/price"):
        held[0].fulfill(json={"sentence": "That of the lantern."})
    page.evaluate("fetch('/static/review.css').then((answer) => answer.text())")  # by then the other has been heard
    expect(page.locator("#ask-price")).to_have_text("That of the compass.")


def test_what_costs_nothing_can_be_sent_after_a_price_that_never_came(served, page):
    page.goto("/c/test")
    page.route("**/api/price", lambda route: route.fulfill(status=503, body="busy"))
    page.keyboard.press("s")
    expect(page.locator("#ask-price")).to_have_text("busy")
    expect(page.locator("#ask-ok")).to_be_disabled()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#notes")).to_contain_text(f"{LANTERN}: reject")


def test_what_somebody_else_has_decided_is_told_and_the_tile_is_as_before(served, page):
    served.desk.stale.add(LANTERN)
    page.goto("/c/test")
    page.keyboard.press("a")
    expect(page.locator("#notes .note-bad")).to_contain_text("somebody else has decided")
    expect(page.locator(f'[data-key="{LANTERN}"]')).not_to_have_class("is-approved")


def test_a_prompt_that_is_being_typed_stays_when_another_decision_is_taken(served, page):
    page.goto(f"/i/{LANTERN}")
    page.keyboard.press("e")
    page.locator("#own-prompt").fill("My own prompt, typed with care.")
    with page.expect_response(f"**/i/{LANTERN}") as renewed:
        page.get_by_role("button", name="Favourite").click()
    renewed.value.finished()
    page.evaluate("fetch('/static/review.css').then((answer) => answer.text())")  # by then the page is renewed
    expect(page.locator("#own-prompt")).to_have_value("My own prompt, typed with care.")
    expect(page.locator("#edit-own")).to_have_attribute("open", "")


def test_a_variant_is_chosen_by_its_number(served, page):
    page.goto(f"/compare/{COMPASS}")
    page.keyboard.press("2")
    expect(page.locator("#notes")).to_contain_text("choose")
    assert decided(served) == [("test.icons.compass-2", "choose")]


def test_enter_opens_escape_leads_back_and_the_image_is_still_selected(served, page):
    page.goto("/c/test")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Compass", level=1)).to_be_visible()
    page.wait_for_load_state()  # the keys are there once the scripts have run
    page.keyboard.press("Escape")
    expect(page.locator(f'[data-key="{COMPASS}"]')).to_have_class("tile is-selected")


def test_every_page_fits_a_phone_and_the_policy_complains_about_nothing(served, page):
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ALL_PAGES:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_the_list_of_keys_opens_and_closes_by_keys(served, page):
    page.goto("/c/test")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Keys")).to_be_hidden()
    assert served.desk.asked == []
