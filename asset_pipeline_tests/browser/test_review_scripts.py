"""The scripts of the review page in a real browser, under the policy that all its pages have."""

import shutil

import pytest
from playwright.sync_api import expect, sync_playwright
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

import asset_pipeline.review
from asset_pipeline.errors import LedgerBusyError
from asset_pipeline.ledger import Database, State
from asset_pipeline.ledger.journal import apply_orders
from asset_pipeline.ledger.orders import HoldOrder
from asset_pipeline.paths import Paths
from asset_pipeline.prompts.sources import BUILT_IN
from asset_pipeline.review.charts import MoneyPage
from asset_pipeline.review.editors import PromptEditors
from asset_pipeline.review.live import LiveProgress
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline_tests.support.ledgers import intent_for, open_ledger, take
from asset_pipeline_tests.support.pages import page_of, render
from asset_pipeline_tests.support.streams import served
from asset_pipeline_tests.support.wanted import wanted

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'"
)
EVIL = '<img src="x" onerror="alert(1)"><script>alert(2)</script>'
LIVE = (
    '{% extends "base.html" %}{% block main %}{% include "_live.html" %}{% endblock %}'
    '{% block scripts %}<script src="/static/live.js" defer></script>{% endblock %}'
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found; apt-get install chromium brings one"),
]


class Policy:
    """Adds the policy to every answer."""

    def __init__(self, app):
        self._app = app

    async def __call__(self, scope, receive, send):
        """Answer a request."""

        async def decorated(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        await self._app(scope, receive, decorated)


@pytest.fixture
def paths(tmp_path):
    return Paths(root=tmp_path, data=tmp_path / "data", specs=tmp_path / "specs")


@pytest.fixture
def ledger(paths):
    with Database(paths.database) as database:
        Catalog(database).sync([Collection("test", "Test", "t.yaml", "0", (wanted(), wanted(slug="b", title=EVIL)))])
        yield open_ledger(database)


@pytest.fixture
def url(ledger, paths):
    """The address of the pages."""
    live = LiveProgress(ledger.database, mode="sandbox", is_gated=True, poll_s=0.1)
    given = {"mode": "sandbox", "render": render}
    routes = [
        *live.routes(),
        *MoneyPage(ledger.database, **given).routes(),
        *PromptEditors(ledger.database, paths, **given).routes(),
        Route("/favicon.ico", lambda request: Response(status_code=204)),
        Route("/live", lambda request: page_of(request, LIVE, {"collection": "test"})),
        Mount("/static", StaticFiles(packages=[(asset_pipeline.review.__name__, "static")])),
    ]
    with served(Starlette(routes=routes, middleware=[Middleware(Policy)]), live) as one:
        yield one


@pytest.fixture
def page():
    """A page of a browser; whatever its console complains about, or opens a dialog, fails the test."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        one = browser.new_page()
        complaints = []
        one.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        one.on("pageerror", lambda error: complaints.append(str(error)))
        yield one
        browser.close()
        assert complaints == []


def hold(ledger, **changes):
    """Set money aside, without an event loop: the browser has one in this thread."""
    intent = intent_for("lantern", "0.04", **changes)
    order = HoldOrder(intent, mode=ledger.mode, owner=ledger.owner, gated=False)
    return ledger.database.submit(apply_orders, order).result()


def live(page, path):
    return page.locator(f'[data-live="progress:test:{path}"]')


def test_what_another_process_books_appears_in_the_page_and_on_the_document(url, page, ledger):
    page.goto(f"{url}/live")
    expect(live(page, "total")).to_have_text("2")
    page.evaluate("addEventListener('image-changed', (event) => { window.changed = event.detail; }, true)")
    held = hold(ledger, model=EVIL)
    expect(live(page, "in_flight")).to_have_text("1")
    expect(live(page, "held")).to_have_text("$0.04")
    take(ledger, held.call_id, State.SUBMITTED, State.SETTLED)
    done = "UPDATE store.images SET state = 'done', updated_at = now() AT TIME ZONE 'UTC' WHERE image_key LIKE '%rn'"
    ledger.database.run(lambda c: c.execute(done) and None)
    expect(page.locator("progress")).to_have_js_property("value", 1)
    expect(page.locator("progress")).to_have_js_property("max", 2)
    expect(page.locator("[data-live-log] li")).to_have_count(3)
    page.locator("summary").click()
    expect(page.locator("[data-live-log] li").first).to_contain_text(f"{EVIL} makes the image: done, cost $0.00")
    page.wait_for_function("window.changed")
    assert page.evaluate("window.changed") == {
        "key": "test.icons.lantern",
        "state": "done",
        "reason": None,
        "sha256": None,
    }


def test_a_page_that_nobody_sees_takes_no_connection(url, page):
    page.goto(f"{url}/live")
    connection = page.locator('[data-live="connection"]')
    expect(connection).to_have_text("live")
    see = "Object.defineProperty(document, 'hidden', {{value: {}, configurable: true}});"
    say = "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(see.format("true") + say)
    expect(connection).to_have_text("paused while the page is hidden")
    page.evaluate(see.format("false") + say)
    expect(connection).to_have_text("live")


def test_once_the_ledger_can_be_read_again_the_page_says_that_it_is_live(url, page, ledger, monkeypatch):
    async def busy(_operation):
        raise LedgerBusyError("it is busy", fix="wait")

    page.goto(f"{url}/live")
    connection = page.locator('[data-live="connection"]')
    expect(connection).to_have_text("live")
    with monkeypatch.context() as patch:
        patch.setattr("asset_pipeline.review.live.PAUSE_S", 0.1)
        patch.setattr(ledger.database, "arun", busy)
        expect(connection).to_have_text("it is busy: wait")
    expect(connection).to_have_text("live")


def test_a_preview_comes_while_one_types_and_nothing_in_it_becomes_a_script(url, page):
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    page.goto(f"{url}/prompts/icons.md")
    page.get_by_label("Try it on").select_option("test.icons.b")
    page.get_by_label("Text of icons.md").fill("A drawing of {{ image.title }}.")
    expect(page.locator(".preview-prompt")).to_have_text(f"A drawing of {EVIL}.")
    expect(page.get_by_text("not saved")).to_be_visible()
    assert dialogs == []
    page.goto(f"{url}/prompts")
    assert dialogs == ["beforeunload"]


def test_a_problem_leads_to_its_line_and_a_saved_text_is_left_without_a_question(url, page, paths):
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.type), dialog.accept()))
    page.goto(f"{url}/prompts/icons.md")
    text = page.get_by_label("Text of icons.md")
    text.fill("A drawing\nof {{ image.titel }}.\n")
    page.get_by_role("link", name="data/prompts/icons.md:2").click()
    selected = "text => text.value.slice(text.selectionStart, text.selectionEnd)"
    assert text.evaluate(selected) == "of {{ image.titel }}."
    text.fill("A drawing\nof {{ image.title }}.\n")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(f"{url}/prompts")
    assert dialogs == []
    assert (paths.prompts / "icons.md").read_text(encoding="utf-8") == "A drawing\nof {{ image.title }}.\n"


def test_a_built_in_text_is_in_the_editor_to_the_letter(url, page):
    page.goto(f"{url}/prompts/tones.yaml")
    text = (BUILT_IN / "tones.yaml").read_text(encoding="utf-8")
    assert page.get_by_label("Text of tones.yaml").input_value() == text


def test_the_money_page_keeps_the_policy_and_follows_what_is_booked(url, page, ledger):
    held = hold(ledger)
    page.goto(f"{url}/money")
    expect(page.locator('[data-live="money:total:held"]')).to_have_text("$0.04")
    take(ledger, held.call_id, State.SUBMITTED, State.SETTLED)
    expect(page.locator('[data-live="money:total:held"]')).to_have_text("$0.00")
    expect(page.get_by_role("img", name="Spent so far")).to_be_visible()
