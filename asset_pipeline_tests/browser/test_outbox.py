"""Decisions on their way to the server: none is lost, sent where it was taken back, or forgotten where it was sent."""

from contextlib import contextmanager

from playwright.sync_api import expect

from asset_pipeline.errors import LedgerDiskError
from asset_pipeline_tests.browser.test_review import decided, page, pytestmark, served
from asset_pipeline_tests.support.reviewed import COMPASS, LANTERN

__all__ = ["page", "pytestmark", "served"]


@contextmanager
def full_disk(served):
    """Let nothing be decided meanwhile."""

    def fail(*_arguments, **_options):
        raise LedgerDiskError("the disk is full", fix="make room")

    decide, served.desk.decide = served.desk.decide, fail
    yield
    served.desk.decide = decide


def test_decisions_are_kept_while_the_server_fails_and_sent_once_when_it_is_back(served, page):
    page.goto("/c/test")
    page.route("**/api/decisions", lambda route: route.fulfill(status=503, body="busy"))
    page.keyboard.press("a")
    expect(page.locator("#notes")).to_contain_text("will be sent again")
    page.unroute("**/api/decisions")
    page.goto("/")  # another page sends what this one could not
    expect(page.locator("#notes")).to_contain_text(f"{LANTERN}: approve")
    page.goto("/c/test")
    page.wait_for_timeout(1500)
    assert decided(served) == [(LANTERN, "approve")]


def test_leaving_the_page_at_once_loses_no_decision(served, page):
    page.goto("/c/test")
    page.keyboard.press("a")
    page.goto("/c/test/panel")
    page.wait_for_timeout(2500)
    assert decided(served) == [(LANTERN, "approve")]


def test_two_tabs_keep_their_decisions_beside_each_other(served, page):
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto("/c/test")
    with full_disk(served):
        for tab, keys in ((page, "a"), (other, ("ArrowRight", "a"))):
            for key in keys:
                tab.keyboard.press(key)
            expect(tab.locator("#notes")).to_contain_text("the disk is full")
            expect(tab.locator("#notes")).to_contain_text("will be sent again")
        page.close()
    other.goto("/")
    for key in (LANTERN, COMPASS):
        expect(other.locator("#notes")).to_contain_text(f"{key}: approve")
    assert sorted(decided(served)) == sorted([(LANTERN, "approve"), (COMPASS, "approve")])


def test_what_one_tab_has_taken_back_no_other_sends(served, page):
    page.clock.install(time=0)
    page.clock.pause_at(1_000)  # in all tabs: nothing is sent by itself
    page.goto("/c/test")
    page.keyboard.press("a")
    other = page.context.new_page()
    other.goto("/c/test")
    page.keyboard.press("u")
    other.wait_for_function("() => !Object.keys(localStorage).some((name) => name.startsWith('review.outbox'))")
    other.keyboard.press("f")
    page.clock.run_for(2_000)
    expect(other.locator("#notes")).to_contain_text(f"{LANTERN}: favourite")
    assert decided(served) == [(LANTERN, "favourite")]


def take_back(served, page):
    """Take back a decision that was sent, where nobody knows whether it arrived: once it is known, by the server."""
    page.keyboard.press("u")
    expect(page.locator("#notes")).to_contain_text("One moment")
    page.unroute_all(behavior="wait")
    page.evaluate("dispatchEvent(new Event('online'))")  # it is sent again at once
    expect(page.locator("#notes")).to_contain_text(f"{LANTERN}: ")
    page.keyboard.press("u")
    expect(page.locator("#notes")).to_contain_text("taken back")
    assert served.desk.asked[-1] == ("undo", [served.desk.decided[0].decision_id], "Ada")


def test_what_was_sent_is_taken_back_by_the_server_even_where_its_answer_was_lost(served, page):
    def lose(route):
        route.fetch()
        route.fulfill(status=503, body="busy")

    page.goto("/c/test")
    page.route("**/api/decisions", lose)
    page.keyboard.press("r")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#notes")).to_contain_text("will be sent again")
    take_back(served, page)


def test_what_was_sent_by_a_page_that_was_left_is_taken_back_by_the_server(served, page):
    page.goto("/c/test")
    page.route("**/api/decisions", lambda route: route.fulfill(status=503, body="busy"))
    page.keyboard.press("a")
    page.goto(f"/i/{COMPASS}")
    take_back(served, page)
