"""Sending a paid request once, and sorting what comes back by whether the provider certainly did nothing."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.ledger import Cause, Lost, Rejected
from asset_pipeline.providers.http import Answer, parse_json, post_once, retry_after_s, sort_refusal
from asset_pipeline_tests.unit.providers.support import HTML, REPLICATE, client, run

URL = f"{REPLICATE}/predictions"


async def send():
    async with client() as api:
        return await post_once(api, "/predictions", {"input": {}}, deadline_s=30)


def posted(result):
    """Post once to a provider that answers or fails so; return what is made of it and how many requests came."""
    with respx.mock:
        if isinstance(result, httpx.Response):
            route = respx.post(URL).mock(return_value=result)
        else:
            route = respx.post(URL).mock(side_effect=result)
        return run(send()), len(route.calls)


def answer(status, body=None, raw=b"", **headers):
    """Return an answer as the client sees it."""
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw, body)


@pytest.mark.parametrize("body", ['{"detail": "x"}', HTML, "", "\n\n  ", '{"id": "cut'])
@pytest.mark.parametrize("status", [200, 201, 204, 302, 401, 402, 404, 408, 422, 429, 500, 502, 503, 504, 524])
def test_whatever_is_answered_the_request_is_sent_once(status, body):
    got, count = posted(httpx.Response(status, text=body))
    assert count == 1
    assert (got.status, got.raw) == (status, body.encode())


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ConnectError("refused"), Rejected("not reachable: refused", retry=True, cause=Cause.DOWN)),
        (httpx.ConnectTimeout("slow"), Rejected("not reachable: slow", retry=True, cause=Cause.DOWN)),
        (httpx.PoolTimeout("full"), Rejected("not reachable: full", retry=True, cause=Cause.DOWN)),
        (httpx.ReadTimeout("silent"), Lost("the connection broke: silent")),
        (httpx.WriteTimeout("stuck"), Lost("the connection broke: stuck")),
        (httpx.ReadError("reset"), Lost("the connection broke: reset")),
        (httpx.WriteError("reset"), Lost("the connection broke: reset")),
        (httpx.RemoteProtocolError("cut"), Lost("the connection broke: cut")),
        (httpx.DecodingError("bad gzip"), Lost("the connection broke: bad gzip")),
        (httpx.ReadError(""), Lost("the connection broke: ReadError")),
    ],
)
def test_a_failure_is_rejected_only_if_nothing_was_on_the_wire_and_never_sent_again(error, expected):
    got, count = posted(error)
    assert got == expected
    assert count == 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
def test_a_refusal_says_that_nothing_was_done_and_asking_again_is_of_no_use(status):
    got = sort_refusal(answer(status, {"detail": "no"}), retryable=frozenset({429}))
    cause = Cause.ACCOUNT if status in (401, 402) else Cause.REQUEST
    assert got == Rejected(f"HTTP {status}: no", retry=False, cause=cause)


@pytest.mark.parametrize("status", [302, 408, 500, 502, 503, 504, 524, 529])
@pytest.mark.parametrize("raw", [b'{"detail": "oops"}', HTML.encode(), b""])
def test_a_server_that_fails_may_have_done_the_work(status, raw):
    got = sort_refusal(answer(status, parse_json(raw), raw), retryable=frozenset({429}))
    assert isinstance(got, Lost)
    assert f"HTTP {status}" in got.reason


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (answer(429, {"retry_after": 5, "detail": "in ~9s"}, retry_after="7"), 7.0),
        (answer(429, {"retry_after": 5, "detail": "in ~9s"}), 5.0),
        (answer(429, {"retry_after": 2.5}), 2.5),
        (answer(429, {"detail": "Request was throttled. Your rate limit resets in ~30s."}), 30.0),
        (answer(429, {"detail": "Request was throttled. Expected available in 1 second."}), 1.0),
        (
            answer(
                429,
                {
                    "detail": "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests"
                    " per minute with a burst of 1 requests while you have less than $5.0 in credit."
                    " Your rate limit resets in ~5s."
                },
            ),
            5.0,
        ),
        (answer(429, {"detail": "later"}), None),
        (answer(429, None, b"<html>slow down</html>"), None),
        (answer(429, {"retry_after": 4}, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"), 0.0),
        (answer(429, {"retry_after": 4}, retry_after="some other day"), 4.0),
        (answer(429, {"retry_after": "soon"}), None),
        (answer(429, {"retry_after": True}), None),
        (answer(429, {"retry_after": -3}), None),
        (answer(429, {"retry_after": float("nan")}), None),
        (answer(429, {"retry_after": float("inf")}), None),
        (answer(429, {"retry_after": 10**400}), None),
        (answer(429, {"retry_after": "6"}), 6.0),
        (answer(503, ["no", "mapping"]), None),
    ],
)
def test_when_to_come_back_is_read_from_header_then_body_then_text(said, seconds):
    assert retry_after_s(said) == seconds


@given(
    body=st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["error", "detail", "message", "retry_after", "code"]), inner, max_size=3)
        ),
        max_leaves=8,
    ),
    status=st.integers(300, 599),
    raw=st.binary(max_size=40),
)
def test_any_body_can_be_sorted_and_only_a_client_error_frees_the_money(body, status, raw):
    got = sort_refusal(answer(status, body, raw), retryable=frozenset({429}))
    assert isinstance(got, Rejected) == (400 <= status < 500 and status != 408)
    if isinstance(got, Rejected) and got.retry_after_s is not None:
        assert 0 <= got.retry_after_s < float("inf")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"detail": "- input.size: wrong\n", "title": "Input validation failed"}, "HTTP 422: - input.size: wrong"),
        ({"error": {"message": "Invalid argument", "code": 422}}, "HTTP 422: Invalid argument"),
        ({"error": "plain"}, "HTTP 422: plain"),
        ({"error": {"code": 422}}, "HTTP 422: raw text"),
        (None, "HTTP 422: raw text"),
    ],
)
def test_the_reason_is_what_the_provider_says_in_one_line(body, detail):
    assert answer(422, body, b"raw\n text").detail == detail


def test_a_long_page_is_quoted_only_in_part():
    assert len(answer(500, None, b"x" * 10_000).detail) < 320


@pytest.mark.parametrize(
    ("raw", "parsed"),
    [
        (b'{"model": "a", "id": "1", "model": "b"}', {"model": "b", "id": "1"}),
        (b'\n\n\n {"id": "1"}\n', {"id": "1"}),
        (b"", None),
        (b"   \n", None),
        (b'{"id": "1"', None),
        (b"<html>", None),
        (b"\xff\xfe\x00", None),
        (b"[" * 100_000, None),
        (rb'{"error": "half \uD83d of it", "whole": "\ud83d\ude00"}', {"error": "half  of it", "whole": "\U0001f600"}),
        (rb'["\udc00", {"\ud800": 1}]', ["", {"": 1}]),
    ],
)
def test_a_body_is_parsed_leniently_and_is_nothing_where_it_is_not_json(raw, parsed):
    assert parse_json(raw) == parsed


def test_a_date_in_the_header_is_waited_for():
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < retry_after_s(answer(429, {"retry_after": 4}, retry_after=date)) <= 90
