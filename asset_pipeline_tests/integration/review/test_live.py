"""Live progress over HTTP: runs of other processes are told of, to so many at once, and only while somebody listens."""

import asyncio
import threading
import time

import httpx
import pytest
from starlette.applications import Starlette

from asset_pipeline.errors import LedgerBusyError
from asset_pipeline.ledger import Database, State
from asset_pipeline.review.live import LiveProgress
from asset_pipeline.specs import Catalog, Collection
from asset_pipeline_tests.support.ledgers import intent_for, open_ledger, take, wait_for
from asset_pipeline_tests.support.specs import spec_of
from asset_pipeline_tests.support.streams import listening, served_progress, until
from asset_pipeline_tests.support.wanted import wanted

GATED = {"mode": "sandbox", "is_gated": True}
QUICK = GATED | {"poll_s": 0.05}


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path / "pipeline.duckdb") as one:
        Catalog(one).sync([Collection("test", "Test", "t.yaml", "0", (wanted(slug="a"),))])
        open_ledger(one)
        yield one


def is_named(name):
    return lambda event: event.name == name


def wait_until(is_so, timeout_s=10):
    give_up_at = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < give_up_at, "it did not come to be"
        time.sleep(0.01)


def buy(database, key="a"):
    """Book one call from hold to settlement."""
    ledger = open_ledger(database)
    held = wait_for(lambda: ledger.hold(intent_for(key)))
    take(ledger, held.call_id, State.SUBMITTED, State.SETTLED)


def test_the_feed_tells_of_a_run_in_another_process_and_its_numbers_are_the_ledgers(project):
    spec = project.spec(spec_of(3))
    project.command("sync")
    with (
        Database(project.database) as database,
        served_progress(LiveProgress(database, **QUICK)) as url,
        listening(url, params={"collection": "test"}) as events,
    ):
        run = project.start("run", str(spec))
        told = until(
            events,
            lambda e: (
                e.name == "progress"
                and e.data["collections"]["test"]["by_state"] == {"done": 3}
                and e.data["collections"]["test"]["in_flight"] == 0
            ),
        )
        assert run.wait(timeout=60) in (0, 5)
        run.stdout.close()
    [(spent, held)] = project.rows("SELECT spent_usd, held_usd FROM budgets WHERE scope = 'total'")
    last = told[-1].data["collections"]["test"]
    assert (last["spent"].rstrip("0"), held) == (str(spent).rstrip("0"), 0)
    done = {e.data["key"]: e.data["sha256"] for e in told if e.name == "image" and e.data["state"] == "done"}
    lines = [line for e in told if e.name == "log" for line in e.data]
    assert [line["id"] for line in lines] == sorted({line["id"] for line in lines})
    assert {line["kind"] for line in lines} >= {"writer", "judge", "image"}
    assert done.items() <= dict(project.rows("SELECT image_key, sha256 FROM images")).items()


def test_more_than_so_many_are_turned_away_and_one_that_goes_frees_its_place(database):
    live = LiveProgress(database, **QUICK, most_listeners=2)
    with served_progress(live) as url, listening(url) as first:
        until(first, is_named("money"))
        with listening(url) as second:
            until(second, is_named("money"))
            refused = httpx.get(url)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
            assert refused.json() == {"error": "2 pages listen already; close some, or reload this one later"}
        wait_until(lambda: live.listeners == 1)
        with listening(url) as third:
            until(third, is_named("money"))


def test_asking_for_the_head_alone_takes_no_place(database):
    live = LiveProgress(database, **QUICK)
    with served_progress(live) as url:
        assert httpx.head(url).status_code == 200
        assert (live.listeners, live.looks) == (0, 0)


def test_nobody_looks_at_the_database_while_nobody_listens(database):
    live = LiveProgress(database, **QUICK)
    with served_progress(live) as url:
        time.sleep(0.2)
        assert live.looks == 0
        with listening(url) as events:
            until(events, is_named("money"))
            wait_until(lambda: live.looks > 3)
        wait_until(lambda: live.listeners == 0)
        time.sleep(0.1)
        before = live.looks
        time.sleep(0.3)
        assert live.looks == before
        with listening(url) as events:
            until(events, is_named("money"))
            wait_until(lambda: live.looks > before + 3)


def test_many_listeners_cost_one_look_each_and_share_all_others(database):
    live = LiveProgress(database, **GATED, poll_s=30)
    with served_progress(live) as url, listening(url) as one, listening(url) as two, listening(url) as three:
        for events in (one, two, three):
            until(events, is_named("money"))
        assert live.looks == 3


def test_where_nothing_happens_a_comment_keeps_the_connection_open(database):
    live = LiveProgress(database, **QUICK, heartbeat_s=0.5)
    with served_progress(live) as url, listening(url) as events:
        until(events, lambda event: event.name == "" and event.data == "still here")
        first = live.looks
        until(events, lambda event: event.name == "" and event.data == "still here")
        assert live.looks > first + 2  # that those found nothing does not count as news


def test_whoever_comes_back_hears_what_they_have_missed_and_nothing_else(database):
    with served_progress(LiveProgress(database, **QUICK)) as url:
        with listening(url) as events:
            seen = [event.last_id for event in until(events, is_named("image")) if event.last_id][-1]
        buy(database)
        for way in ({"headers": {"Last-Event-ID": seen}}, {"params": {"after": seen}}):
            with listening(url, **way) as events:
                told = until(events, is_named("log"))
            assert [line["state"] for line in told[-1].data] == ["held", "submitted", "settled"]
            assert not [event for event in told if event.name == "image"]


def test_streams_end_at_once_when_the_server_shuts_down(database):
    live = LiveProgress(database, **GATED, poll_s=30)
    rest = []
    with served_progress(live) as url:
        ready = threading.Event()

        def listen():
            with listening(url) as events:
                until(events, is_named("money"))
                ready.set()
                rest.extend(events)

        listener = threading.Thread(target=listen)
        listener.start()
        assert ready.wait(10)
        began = time.monotonic()
    listener.join(10)
    assert not listener.is_alive()
    assert time.monotonic() - began < 5
    assert {event.name for event in rest} <= {"image", "log"}
    assert live.listeners == 0


def test_a_listener_that_does_not_keep_up_is_cut_off_and_holds_up_nobody(database, monkeypatch):
    monkeypatch.setattr("asset_pipeline.review.live.QUEUED", 2)
    live = LiveProgress(database, **GATED, poll_s=0.01)
    sent = []

    async def main():
        may_go_on, is_stuck = asyncio.Event(), asyncio.Event()

        async def send(message):
            sent.append(message)
            if len(sent) == 4:
                is_stuck.set()
                await may_go_on.wait()

        async def receive():
            await asyncio.Event().wait()

        app = Starlette(routes=live.routes())
        scope = {"type": "http", "method": "GET", "path": "/api/live", "query_string": b"", "headers": []}
        stuck = asyncio.create_task(app(scope, receive, send))
        await is_stuck.wait()
        looks = live.looks
        await asyncio.to_thread(wait_until, lambda: live.looks > looks + 10)
        may_go_on.set()
        await asyncio.wait_for(stuck, 10)
        assert live.listeners == 0
        live.end()
        await asyncio.sleep(0)

    asyncio.run(main())
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert len(sent) < 10


def test_before_there_is_a_ledger_the_feed_is_empty_and_makes_none(tmp_path):
    with Database(tmp_path / "none.duckdb") as database:
        with served_progress(LiveProgress(database, **QUICK)) as url, listening(url) as events:
            told = until(events, is_named("money"))
        assert [event.data for event in told] == [{"collections": {}, "waiting": 0}, {"scopes": {}}]
        assert not database.exists


def test_a_ledger_that_cannot_be_read_is_told_as_a_sentence(tmp_path):
    path = tmp_path / "pipeline.duckdb"
    path.write_bytes(b"something else " * 1000)
    with (
        Database(path) as database,
        served_progress(LiveProgress(database, **QUICK)) as url,
        listening(url) as events,
    ):
        told = until(events, is_named("trouble"))
    assert str(path) in told[-1].data["what"]


def test_the_first_look_after_trouble_says_that_all_is_well_and_no_other_does(database, monkeypatch):
    monkeypatch.setattr("asset_pipeline.review.live.PAUSE_S", 0.05)
    look, problems = database.arun, []

    async def arun(operation):
        if problems:
            raise problems.pop()
        return await look(operation)

    monkeypatch.setattr(database, "arun", arun)
    live = LiveProgress(database, **QUICK)
    with served_progress(live) as url, listening(url) as events:
        until(events, is_named("image"))
        problems += [LedgerBusyError("it is busy", fix="wait")] * 2
        for _ in range(2):
            until(events, is_named("trouble"))
        assert next(events).name == "well"
        buy(database)
        until(events, is_named("log"))
        looks = live.looks
        wait_until(lambda: live.looks > looks + 2)
        buy(database, "b")
        assert "well" not in [event.name for event in until(events, is_named("log"))]
