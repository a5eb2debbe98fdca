"""The sandbox tells of predictions over real HTTP: signed, in order, and of the end until somebody listens."""

import json
import queue
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest
import replicate
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from asset_pipeline.providers.webhooks import verify
from asset_pipeline_tests.support.sandboxes import served

FLUX = "black-forest-labs/flux-schnell"
WAIT_S = 20
HEADERS = {"Authorization": "Bearer sandbox"}


@dataclass
class Listener:
    """Somebody who is told.

    Args:
        statuses: What is answered, one after the other; 204 when they are used up.
    """

    statuses: list[int] = field(default_factory=list)
    url: str = ""
    told: queue.Queue = field(default_factory=queue.Queue)

    async def hear(self, request):
        """Keep what comes."""
        body = await request.body()
        self.told.put((dict(request.headers), body, dict(request.query_params)))
        return Response(status_code=self.statuses.pop(0) if self.statuses else 204)

    def next(self):
        """Return the headers and the body of what is told next."""
        headers, body, _ = self.told.get(timeout=WAIT_S)
        return headers, json.loads(body)


@contextmanager
def listening(*statuses):
    """Serve a listener on a free port for as long as the context lasts."""
    listener = Listener(list(statuses))
    app = Starlette(routes=[Route("/hook", listener.hear, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        threading.Event().wait(0.01)
    listener.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/hook"
    try:
        yield listener
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def sandbox(tmp_path):
    """A sandbox that is quick to try again."""
    with served(tmp_path / "sandbox", webhook_pause_s=0.01) as one:
        yield one


def create(sandbox, webhook, *, events=None, **given):
    """Create a prediction that somebody is told of, and return it."""
    body = {"input": {"prompt": "a compass"} | given, "webhook": webhook}
    body |= {"webhook_events_filter": events} if events else {}
    answer = httpx.post(f"{sandbox.url}/v1/models/{FLUX}/predictions", json=body, headers=HEADERS)
    assert answer.status_code == 201, answer.text
    return answer.json()


def shown(sandbox, prediction):
    """Return a prediction as GET shows it."""
    return httpx.get(f"{sandbox.url}/v1/predictions/{prediction['id']}", headers=HEADERS).json()


def test_all_is_told_in_order_and_the_end_as_a_look_at_it_shows(sandbox):
    with listening() as listener:
        webhook = f"{listener.url}?call=1"
        prediction = create(sandbox, webhook)
        bodies = [listener.next()[1] for _ in range(3)]
        asked = {"webhook": webhook, "webhook_events_filter": ["start", "output", "logs", "completed"]}
        assert [(one["status"], "output" in one) for one in bodies] == [
            ("processing", False),
            ("processing", True),
            ("succeeded", True),
        ]
        assert "metrics" not in bodies[1]
        assert bodies[2] == shown(sandbox, prediction) | asked
        assert bodies[1]["output"] == bodies[2]["output"]
        assert "webhook" not in prediction


def test_the_address_is_used_to_the_letter(sandbox):
    with listening() as listener:
        create(sandbox, f"{listener.url}?call=a%2Fb&x=", events=["completed"])
        _, _, query = listener.told.get(timeout=WAIT_S)
        assert query == {"call": "a/b", "x": ""}


@pytest.mark.parametrize(("fault", "status"), [("flagged", "failed"), ("canceled", "canceled")])
def test_the_end_is_told_whatever_it_is_and_nothing_that_was_not_asked_for(sandbox, fault, status):
    with listening() as listener:
        sandbox.script({"fault": fault})
        create(sandbox, listener.url, events=["completed"])
        assert listener.next()[1]["status"] == status
        create(sandbox, listener.url, events=["completed"])  # whatever else was told would have come before this
        assert listener.next()[1]["status"] == "succeeded"


def test_a_cancellation_is_told(tmp_path):
    with listening() as listener, served(tmp_path, latency_s=60) as slow:
        prediction = create(slow, listener.url, events=["completed"])
        httpx.post(f"{slow.url}/v1/predictions/{prediction['id']}/cancel", headers=HEADERS)
        told = listener.next()[1]
        assert (told["id"], told["status"]) == (prediction["id"], "canceled")


def test_what_is_told_is_signed_with_the_key_that_is_given_out(sandbox):
    key = httpx.get(f"{sandbox.url}/v1/webhooks/default/secret", headers=HEADERS).json()["key"]
    with listening() as listener:
        create(sandbox, listener.url, events=["completed"])
        headers, body, _ = listener.told.get(timeout=WAIT_S)
        verify(key, headers, body=body, now_s=time.time())
        assert headers["webhook-id"].startswith("msg_")
        secret = replicate.webhook.WebhookSigningSecret(key=key)
        replicate.webhook.Webhooks.validate(headers=headers, body=body.decode(), secret=secret)


def test_the_end_is_told_again_until_it_is_heard_under_the_same_id(sandbox):
    with listening(500, 404, 503) as listener:
        create(sandbox, listener.url, events=["completed"])
        told = [listener.next() for _ in range(4)]
        assert len({headers["webhook-id"] for headers, _ in told}) == 1
        assert all(body == told[0][1] for _, body in told)


def test_what_comes_before_the_end_is_told_once(sandbox):
    with listening(500) as listener:
        create(sandbox, listener.url, events=["start", "completed"])
        assert [listener.next()[1]["status"] for _ in range(2)] == ["processing", "succeeded"]


def test_a_redirection_is_an_answer_and_is_not_followed(sandbox):
    with listening(302) as listener:
        create(sandbox, listener.url, events=["completed"])
        create(sandbox, listener.url, events=["completed"], seed=7)
        ids = [listener.next()[1]["id"] for _ in range(2)]
        assert len(set(ids)) == 2


def test_where_nobody_listens_nothing_is_lost_but_the_telling(sandbox):
    prediction = create(sandbox, "http://127.0.0.1:9/hook", events=["completed"])
    with listening() as listener:
        create(sandbox, listener.url, events=["completed"])
        assert listener.next()[1]["status"] == "succeeded"
    assert shown(sandbox, prediction)["status"] == "succeeded"
    assert len(sandbox.invoice()) == 2
