"""Asking for something free: again after a transient failure, at the provider's pace, and not forever."""

import httpx
import pytest
import respx

from asset_pipeline.providers.http import GET_ATTEMPTS, GET_MAX_WAIT_S, GetError, get_json
from asset_pipeline_tests.unit.providers.support import HTML, REPLICATE, client, run, waited

URL = f"{REPLICATE}/predictions/p1"
FOUND = httpx.Response(200, json={"id": "p1"})


async def ask():
    async with client() as api:
        return await get_json(api, "/predictions/p1")


@respx.mock
@pytest.mark.parametrize(
    "first",
    [
        *[httpx.Response(status, json={"detail": "x"}) for status in (404, 408, 429, 500, 502, 503, 504, 524, 529)],
        httpx.Response(502, text=HTML),
        httpx.Response(503, text=""),
        httpx.Response(200, text=HTML),
        httpx.Response(200, text='{"id": "cut'),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("silent"),
        httpx.RemoteProtocolError("cut"),
    ],
    ids=str,
)
def test_a_transient_failure_is_asked_again(first):
    respx.get(URL).mock(side_effect=[first, first, FOUND])
    assert run(ask()) == {"id": "p1"}


@respx.mock
@pytest.mark.parametrize("status", [302, 400, 401, 402, 403, 410, 422])
def test_a_refusal_is_final_at_once(status):
    route = respx.get(URL).mock(return_value=httpx.Response(status, json={"detail": "no"}))
    with pytest.raises(GetError, match=str(status)):
        run(ask())
    assert len(route.calls) == 1


@respx.mock
@pytest.mark.parametrize("result", [{"return_value": httpx.Response(503)}, {"side_effect": httpx.ReadError("reset")}])
def test_patience_has_an_end(result):
    route = respx.get(URL).mock(**result)
    with pytest.raises(GetError):
        run(ask())
    assert len(route.calls) == GET_ATTEMPTS


@respx.mock
@pytest.mark.parametrize(
    ("response", "wait_s"),
    [
        (httpx.Response(429, headers={"Retry-After": "7"}), 7.0),
        (httpx.Response(503, json={"retry_after": 3}), 3.0),
        (httpx.Response(429, json={"detail": "Your rate limit resets in ~4s."}), 4.0),
        (httpx.Response(429, headers={"Retry-After": "86400"}), GET_MAX_WAIT_S),
        (httpx.Response(429, headers={"Retry-After": "0"}), 0.0),
    ],
)
def test_a_hint_is_honoured_up_to_a_bound(response, wait_s):
    respx.get(URL).mock(side_effect=[response, FOUND])
    got, elapsed_s = waited(ask())
    assert got == {"id": "p1"}
    assert elapsed_s == pytest.approx(wait_s)


@respx.mock
def test_without_a_hint_the_waits_are_short_and_bounded():
    respx.get(URL).mock(return_value=httpx.Response(503))

    async def elapsed():
        with pytest.raises(GetError):
            await ask()

    _, elapsed_s = waited(elapsed())
    assert 0.25 + 0.5 + 1 + 2 <= elapsed_s <= (GET_ATTEMPTS - 1) * GET_MAX_WAIT_S
