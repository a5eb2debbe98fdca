"""Every request is measured once, whatever becomes of it, and no address is kept."""

import asyncio

import httpx
import pytest

from asset_pipeline.logs import bound
from asset_pipeline.providers.metered import MeteredTransport


class Pieces(httpx.AsyncByteStream):
    """A body in pieces, of which the last may break off."""

    def __init__(self, *pieces):
        self.pieces = pieces

    async def __aiter__(self):
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


def measured(*answers, path="/v1/predictions", api="/v1", **request):
    """Return what is measured of requests that are answered like this, one after the other."""
    found = []

    async def answer(_request):
        given = answers[len(found)]
        if isinstance(given, Exception):
            raise given
        return httpx.Response(201, stream=Pieces(*given))

    async def work():
        transport = MeteredTransport(httpx.MockTransport(answer), provider="replicate", record=found.append, api=api)
        async with httpx.AsyncClient(base_url="http://test", transport=transport) as client:
            for number in range(len(answers)):
                with bound(call_id=f"call-{number}"):
                    try:
                        await client.request(request.get("method", "GET"), path, content=request.get("content"))
                    except httpx.HTTPError:
                        continue

    asyncio.run(work())
    return found


def test_bytes_status_and_the_call_are_measured_of_each_request():
    first, second = measured([b"abc", b"de"], [b""], method="POST", content=b"1234567")
    assert (first.endpoint, first.call_id, first.status, first.error) == ("POST /predictions", "call-0", 201, None)
    assert (first.sent_bytes, first.received_bytes) == (7, 5)
    assert first.response_s >= 0
    assert (second.call_id, second.received_bytes) == ("call-1", 0)


def test_a_request_that_breaks_off_is_measured_too_as_far_as_it_came():
    refused, torn = measured(httpx.ConnectError("no"), [b"abc", httpx.ReadError("torn")])
    assert (refused.status, refused.error, refused.received_bytes) == (None, "ConnectError", 0)
    assert (torn.status, torn.error, torn.received_bytes) == (201, "ReadError", 3)


def test_an_answer_that_was_paid_comes_home_though_measuring_it_fails():
    def break_off(_exchange):
        raise OSError("no room for numbers")

    async def work():
        inner = httpx.MockTransport(lambda _: httpx.Response(201, stream=Pieces(b"paid")))
        transport = MeteredTransport(inner, provider="replicate", record=break_off, api="")
        async with httpx.AsyncClient(base_url="http://test", transport=transport) as client:
            return await client.post("/predictions")

    assert asyncio.run(work()).content == b"paid"


@pytest.mark.parametrize(
    ("path", "api", "endpoint"),
    [
        ("/v1/models/owner/name/predictions", "/v1", "GET /models/*/predictions"),
        ("/v1/deployments/owner/name/predictions", "/v1", "GET /deployments/*/predictions"),
        ("/v1/predictions/abc123/cancel", "/v1", "GET /predictions/*/cancel"),
        ("/v1/models/owner/name/versions/0123", "/v1/", "GET /models/*/versions/*"),
        ("/api/v1/chat/completions", "/api/v1", "GET /chat/completions"),
        ("/xezq/secret/out.png?X-Goog-Signature=0aff4711", None, "GET file"),
    ],
)
def test_an_endpoint_names_no_model_no_prediction_and_no_file(path, api, endpoint):
    (found,) = measured([b""], path=path, api=api)
    assert found.endpoint == endpoint
