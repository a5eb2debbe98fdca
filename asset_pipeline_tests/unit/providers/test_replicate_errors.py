"""Every way of not taking a request, by the documented bodies: what it does to the money, and when to try again.

Bodies of 5xx answers to a POST were never recorded; those here are a JSON error, a gateway's page, and nothing.
"""

import asyncio
from decimal import Decimal

import httpx
import pytest
import respx

from asset_pipeline.ledger import Cause, Database, Door, Lost, NotMade, Rejected, Unresolved
from asset_pipeline.results import Failed, Waiting, not_bought
from asset_pipeline_tests.support.ledgers import intent_for, new_ledger, open_ledger, rows
from asset_pipeline_tests.unit.providers.support import HTML, REPLICATE, held, replicate, run

MODEL = "black-forest-labs/flux-dev"
POST = f"{REPLICATE}/models/{MODEL}/predictions"
CREDIT = (
    "You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to purchase"
    " credit. Once you purchase credit, please wait a few minutes before trying again."
)
LOW = (
    "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute with a burst"
    " of 1 requests while you have less than $5.0 in credit. Your rate limit resets in ~5s."
)
NO_CARD = LOW.replace("while you have less than $5.0 in credit", "until you add a payment method")
INVALID = "Input validation failed"


def problem(status, detail, **more):
    """Return a documented error body as an answer."""
    kind = {"Content-Type": "application/problem+json"} if status == 401 else {}
    headers = kind | more.pop("headers", {})
    return httpx.Response(status, json={"detail": detail, "status": status} | more, headers=headers)


def invalid(kind, field, said):
    """Return a 422 as recorded: a sentence per field, and the fields."""
    fields = [{"type": kind, "field": field, "description": said}]
    return problem(422, f"- {field}: {said}\n", title=INVALID, invalid_fields=fields)


# Answer; the cause of its rejection, whether it may be tried again and after how many seconds; a part of the reason.
REJECTED = {
    "401": (
        problem(401, "You did not pass a valid authentication token", title="Unauthenticated"),
        (Cause.ACCOUNT, False, None), "HTTP 401: You did not pass a valid authentication token",
    ),
    "402": (problem(402, CREDIT, title="Insufficient credit"), (Cause.ACCOUNT, False, None), "HTTP 402: You have"),
    "404": (
        problem(404, "The requested resource could not be found."), (Cause.NOT_FOUND, False, None),
        "others need a version: owner/name:<64 hex digits>",
    ),
    "422 enum": (
        invalid("enum", "input.output_format", 'output_format must be one of the following: "jpg", "png"'),
        (Cause.REQUEST, False, None), 'input.output_format: output_format must be one of the following: "jpg", "png"',
    ),
    "422 required": (
        invalid("required", "input", "prompt is required"), (Cause.REQUEST, False, None), "prompt is required",
    ),
    "422 number_lte": (
        invalid("number_lte", "input.num_outputs", "must be less than or equal to 4"), (Cause.REQUEST, False, None),
        "input.num_outputs: must be less",
    ),
    "422 additional_property_not_allowed": (
        invalid("additional_property_not_allowed", "label", "Additional property label is not allowed"),
        (Cause.REQUEST, False, None), "label is not allowed",
    ),
    "422 version": (
        problem(422, "The specified version does not exist", title="Invalid version or not permitted"),
        (Cause.REQUEST, False, None), "version does not exist",
    ),
    "429 header": (
        problem(429, "Request was throttled.", headers={"Retry-After": "7"}), (Cause.THROTTLED, True, 7.0), "throttled",
    ),
    "429 body": (problem(429, "Request was throttled.", retry_after=5), (Cause.THROTTLED, True, 5.0), "throttled"),
    "429 text": (
        problem(429, "Request was throttled. Your rate limit resets in ~30s."), (Cause.THROTTLED, True, 30.0), "~30s",
    ),
    "429 old text": (
        problem(429, "Request was throttled. Expected available in 1 second."), (Cause.THROTTLED, True, 1.0), "second",
    ),
    "429 header first": (
        problem(429, "Your rate limit resets in ~30s.", retry_after=5, headers={"Retry-After": "7"}),
        (Cause.THROTTLED, True, 7.0), "~30s",
    ),
    "429 low credit": (
        problem(429, LOW, retry_after=5), (Cause.THROTTLED, True, 5.0), "reduced to 6 requests per minute",
    ),
    "429 no card": (
        problem(429, NO_CARD, retry_after=5, title="Too many requests"), (Cause.THROTTLED, True, 5.0),
        "reduced to 6 requests per minute",
    ),
    "429 silent": (httpx.Response(429), (Cause.THROTTLED, True, None), "HTTP 429"),
    "connection refused": (httpx.ConnectError("refused"), (Cause.DOWN, True, None), "not reachable: refused"),
    "connection times out": (httpx.ConnectTimeout("silent"), (Cause.DOWN, True, None), "not reachable: silent"),
}  # fmt: skip
LOST = {
    f"{status} {name}": answer
    for status in (500, 502, 503, 504)
    for name, answer in {
        "json": httpx.Response(status, json={"detail": "Internal server error", "status": status}),
        "html": httpx.Response(status, text=HTML),
        "empty": httpx.Response(status),
    }.items()
} | {
    "408": httpx.Response(408, json={"detail": "timeout"}),
    "read timeout": httpx.ReadTimeout("silent"),
    "write timeout": httpx.WriteTimeout("silent"),
    "reset": httpx.ReadError("reset"),
    "broken protocol": httpx.RemoteProtocolError("peer closed connection"),
    "html in a success": httpx.Response(201, text=HTML),
    "success without a body": httpx.Response(201),
    "success without an id": httpx.Response(201, json={"status": "starting"}),
    "half a success": httpx.Response(201, text='{"id":"p1","status":"star'),
}


class OneTry:
    """A flow that lets a request go once, and says of what may be tried again that it has given up."""

    closed, is_paused = None, False

    def __init__(self):
        self.tried = False

    def turn(self):
        """Return itself: there is one payment."""
        return self

    async def come(self, **_patience):
        """Let the first try go."""
        return "one try was enough" if self.tried else None

    def begin(self):
        """Send."""
        self.tried = True
        return True

    def end(self, reply):
        """Learn nothing."""

    def leave(self):
        """Give nothing back."""

    def close(self):
        """Do nothing: nobody waits."""


def mocked(answer):
    """Let every POST be answered so."""
    route = respx.post(POST)
    return route.mock(side_effect=answer) if isinstance(answer, Exception) else route.mock(return_value=answer)


def create():
    """Ask for a prediction once, and return what the client makes of the answer."""

    async def main():
        async with replicate() as client:
            return await client.create(held(MODEL, input={"prompt": "a compass"}))

    return run(main())


def pay(tmp_path):
    """Pay for a prediction through the door; return how that ended, and the money of every call."""

    async def main():
        async with replicate() as client:
            return await door.pay(intent_for("a", model=MODEL), client.create)

    with Database(new_ledger(tmp_path / "pipeline.duckdb")) as database:
        door = Door(open_ledger(database), patience_s=0, flows={"replicate": OneTry()})
        ending = asyncio.run(main())
        return ending, rows(database, "SELECT state, held_usd, cost_usd FROM calls")


@respx.mock
@pytest.mark.parametrize(("answer", "expected", "said"), REJECTED.values(), ids=REJECTED)
def test_a_refusal_before_anything_was_created_says_whose_fault_it_is_and_when_to_come_back(answer, expected, said):
    route = mocked(answer)
    reply = create()
    assert isinstance(reply, Rejected)
    assert (reply.cause, reply.retry, reply.retry_after_s) == expected
    assert said in reply.reason
    assert len(route.calls) == 1


@respx.mock
@pytest.mark.parametrize(("answer", "expected", "said"), REJECTED.values(), ids=REJECTED)
def test_such_a_refusal_gives_the_whole_hold_back(tmp_path, answer, expected, said):
    route = mocked(answer)
    ending, calls = pay(tmp_path)
    assert calls == [("released", 0, 0)]
    assert len(route.calls) == 1
    assert isinstance(ending, NotMade)
    image = not_bought(ending)
    if expected[0] in (Cause.REQUEST, Cause.NOT_FOUND):
        assert isinstance(image, Failed)
        assert image.may_fall_back
    else:
        assert isinstance(image, Waiting)


@respx.mock
@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
def test_an_answer_that_leaves_open_whether_a_prediction_runs_is_never_asked_for_again(answer):
    route = mocked(answer)
    assert isinstance(create(), Lost)
    assert len(route.calls) == 1


@respx.mock
@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
def test_such_an_answer_keeps_the_whole_hold_until_somebody_has_looked(tmp_path, answer):
    route = mocked(answer)
    ending, calls = pay(tmp_path)
    assert calls == [("unknown", Decimal("0.04"), 0)]
    assert len(route.calls) == 1
    assert isinstance(ending, Unresolved)
    assert isinstance(not_bought(ending), Waiting)


@respx.mock
def test_an_answer_that_takes_too_long_as_a_whole_is_lost(tmp_path):
    """Single bytes keep the connection alive for ever; the deadline is for all of it."""

    class Trickle(httpx.AsyncByteStream):
        async def __aiter__(self):
            while True:
                await asyncio.sleep(10)
                yield b" "

    respx.post(POST).mock(side_effect=lambda _request: httpx.Response(201, stream=Trickle()))
    assert create() == Lost("no answer within 30 s")


@respx.mock
@pytest.mark.parametrize("status", [404, 429, 500, 502, 503, 504])
def test_a_look_at_a_prediction_is_free_and_asked_again_whatever_went_wrong_with_it(status):
    answers = [httpx.Response(status, text=HTML), httpx.ReadTimeout("silent"), httpx.Response(200, text=HTML)]
    route = respx.get(f"{REPLICATE}/predictions/p1")
    route.mock(side_effect=[*answers, httpx.Response(200, json={"id": "p1", "status": "starting"})])

    async def main():
        async with replicate() as client:
            return await client.get("p1")

    assert run(main()).status == "starting"
    assert len(route.calls) == 4
