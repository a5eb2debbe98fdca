"""A webhook ends the waiting for a prediction, and points to one whose answer was lost; nothing depends on it."""

import asyncio
import socket
import threading
from contextlib import contextmanager
from decimal import Decimal

import httpx
import pytest
import stamina

from asset_pipeline.connect import webhook_secret
from asset_pipeline.folders import Folder
from asset_pipeline.images.wakeups import Wakeup, WakeupSpool
from asset_pipeline_tests.integration.pipeline.conftest import House
from asset_pipeline_tests.support.dagster_home import poll
from asset_pipeline_tests.support.receivers import send_webhook, served_receiver
from asset_pipeline_tests.support.sandboxes import served
from asset_pipeline_tests.support.specs import spec_of

TEMPLATE = {"mode": "template"}
PRICE = Decimal("0.04")
NEVER_S = 60.0  # a test that waits for this look fails by what it finds, not by the clock
TWO_VARIANTS = spec_of(1).replace("title: Lantern", "title: Lantern, variants: 2")
CALLS = "SELECT call_id, state FROM calls WHERE kind = 'image' ORDER BY created_at, call_id"


@pytest.fixture
def spool(project):
    """The wake-ups of the test's project."""
    return WakeupSpool(Folder(project.root / "data" / "wakeups"))


@pytest.fixture
def slow_house(project, tmp_path):
    """A house before a sandbox that takes a moment: nothing is ready at the first look."""
    with served(tmp_path / "slow", latency_s=0.5) as slow:
        yield House(project, slow)


def ids(house):
    """Return the predictions that the sandbox has taken, oldest first."""
    return [one["id"] for one in house.sandbox.invoice() if one["provider"] == "replicate"]


def seen(house, prediction_id):
    """Return a prediction as the sandbox shows it."""
    url = f"{house.sandbox.url}/v1/predictions/{prediction_id}"
    return httpx.get(url, headers={"authorization": "Bearer sandbox"}).json()


@contextmanager
def receiving(house):
    """Serve the receiver of a house, with the secret that its sandbox tells; gives its address."""
    secret = asyncio.run(webhook_secret(house.open())).get_secret_value()
    with served_receiver(house.project.root / "data" / "wakeups", secret) as url:
        yield url


def test_a_purchase_that_would_look_much_later_ends_at_once_when_its_webhook_comes(slow_house, spool):
    house = slow_house
    house.want(spec_of(3))
    with receiving(house) as url:
        delivered = house.make_all(prompts=TEMPLATE, replicate={"poll_s": NEVER_S, "webhook_url": url})
    assert spool.names() == frozenset()  # used up by those who were woken; a look by the clock uses none
    assert delivered.keys() == house.project.images().keys()
    assert house.spent == 3 * PRICE


def test_a_request_whose_answer_is_lost_is_named_by_its_webhook_and_found(house, sandbox, spool):
    house.want(spec_of(1))
    sandbox.script({"fault": "lost_answer", "on": "predictions"})
    with receiving(house) as url:
        house.make(prompts=TEMPLATE, replicate={"webhook_url": url})
        poll(spool.names, within_s=30, what="the webhook")
    ((lost, state),) = house.project.rows(CALLS)
    assert state == "unknown"
    assert spool.predictions_of(lost) == ids(house)
    (found,) = house.reconcile()
    assert found.resolved
    assert (house.spent, house.bought("replicate")) == (PRICE, 1)


def test_a_webhook_that_lies_is_only_a_reason_to_look(slow_house, spool):
    """It says succeeded before the prediction has ended; what Replicate answers decides, and it is looked at again."""
    house = slow_house
    house.want(spec_of(1))
    lies = threading.Event()

    def lie():
        while not lies.is_set():
            for prediction_id in ids(house):
                spool.put(Wakeup(prediction_id, "c1", "succeeded"))
            lies.wait(0.02)

    liar = threading.Thread(target=lie)
    liar.start()
    try:
        house.make_all(prompts=TEMPLATE, replicate={"poll_s": NEVER_S, "webhook_url": "http://127.0.0.1:9/"})
    finally:
        lies.set()
        liar.join()
    assert house.spent == PRICE


def test_with_the_receiver_dead_everything_is_made_by_looking(house):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}/webhooks/replicate"
    house.want(spec_of(3))
    delivered = house.make_all(prompts=TEMPLATE, replicate={"webhook_url": dead})
    assert delivered.keys() == house.project.images().keys()
    assert house.spent == 3 * PRICE


@pytest.mark.parametrize("order", [1, -1], ids=["straight", "crossed"])
def test_of_two_lost_requests_with_the_same_input_each_is_found_as_its_webhook_said(house, sandbox, order):
    """By their input alone nobody could tell which is which."""
    house.want(TWO_VARIANTS)
    sandbox.script({"fault": "lost_answer", "on": "predictions", "times": 2})
    house.make(prompts=TEMPLATE, images={"in_flight": 1})
    calls = [call_id for call_id, state in house.project.rows(CALLS) if state == "unknown"]
    said = dict(zip(calls, ids(house)[::order], strict=True))
    assert len(said) == 2
    with served_receiver(house.project.root / "data" / "wakeups") as url:
        for call_id, prediction_id in said.items():
            assert send_webhook(f"{url}?call={call_id}", seen(house, prediction_id)) == 204
    assert all(found.resolved for found in house.reconcile())
    owners = house.project.rows("SELECT call_id, provider_call_id FROM calls WHERE kind = 'image'")
    assert dict(owners) == said
    assert house.spent == 2 * PRICE


def test_a_hint_to_what_another_call_has_paid_is_not_believed_even_where_the_input_is_the_same(house, sandbox, spool):
    house.want(TWO_VARIANTS)
    sandbox.script({"fault": "server_error", "on": "predictions", "nth": 2})
    house.make(prompts=TEMPLATE, images={"in_flight": 1})
    (lost,) = [call_id for call_id, state in house.project.rows(CALLS) if state == "unknown"]
    (paid,) = ids(house)
    spool.put(Wakeup(paid, lost, "succeeded"))
    (left,) = house.reconcile()
    assert not left.resolved
    assert house.project.rows(f"SELECT state FROM calls WHERE call_id = '{lost}'") == [("unknown",)]


def test_a_hint_to_what_has_another_input_is_not_believed(house, sandbox, spool):
    house.want(spec_of(2))
    sandbox.script({"fault": "server_error", "on": "predictions", "contains": "lantern"})
    house.make(prompts=TEMPLATE)
    (lost,) = [call_id for call_id, state in house.project.rows(CALLS) if state == "unknown"]
    (compass,) = ids(house)
    stranger = httpx.post(
        f"{sandbox.url}/v1/models/recraft-ai/recraft-v3/predictions",
        json={"input": {"prompt": "something else"}},
        headers={"authorization": "Bearer sandbox"},
    ).json()["id"]
    for prediction_id in (compass, stranger):
        spool.put(Wakeup(prediction_id, lost, "succeeded"))
    (found,) = house.reconcile()
    assert not found.resolved
    assert "look again in" in found.message
    assert house.project.rows(f"SELECT state, provider_call_id FROM calls WHERE call_id = '{lost}'") == [
        ("unknown", None)
    ]


def test_a_hint_to_nothing_leaves_the_search_to_the_list(house, sandbox, spool):
    house.want(spec_of(1))
    sandbox.script({"fault": "lost_answer", "on": "predictions"})
    house.make(prompts=TEMPLATE)
    ((lost, _),) = house.project.rows(CALLS)
    spool.put(Wakeup("nosuchprediction", lost, "succeeded"))
    with stamina.set_testing(True):  # no waiting before it is asked again
        (found,) = house.reconcile()
    assert found.resolved
    assert house.project.rows("SELECT provider_call_id FROM calls WHERE kind = 'image'") == [(*ids(house),)]


def test_a_hint_outlives_runs_that_have_no_use_for_it(house, spool):
    spool.put(Wakeup("p1", "c1", "succeeded"))
    house.want(spec_of(1))
    house.make_all(prompts=TEMPLATE)
    assert house.reconcile() == []
    assert spool.predictions_of("c1") == ["p1"]
