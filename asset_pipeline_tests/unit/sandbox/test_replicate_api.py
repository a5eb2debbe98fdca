"""The sandbox's Replicate: answers with the recorded keys, states, pages, refusals and files."""

import asyncio
import base64
import hashlib
import io
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from asset_pipeline.images.inspect import describe, open_image
from asset_pipeline.ledger import Accepted
from asset_pipeline.providers.replicate import ReplicateClient
from asset_pipeline.sandbox.crc32c import crc32c
from asset_pipeline_tests.unit.providers.support import client, held
from asset_pipeline_tests.unit.sandbox.support import FLUX, KEYS

MAGIC = {"webp": (b"RIFF", b"WEBP"), "jpg": (b"\xff\xd8\xff", b""), "png": (b"\x89PNG\r\n\x1a\n", b"")}


def test_a_prediction_starts_runs_and_succeeds_and_its_keys_come_when_the_recorded_ones_do(slow, clock):
    created = slow.create(seed=7)
    assert created.status_code == 201
    first = created.json()
    assert (first["status"], set(first)) == ("starting", KEYS["starting"])
    assert (first["model"], first["version"]) == (FLUX, "hidden")
    assert first["input"] == {"prompt": "a compass", "seed": 7}
    path = f"/v1/predictions/{first['id']}"
    assert first["urls"] == {"get": f"http://sandbox{path}", "cancel": f"http://sandbox{path}/cancel"}
    assert re.fullmatch("[a-z0-9]{26}", first["id"])

    clock.forward(50)
    running = slow.get(path).json()
    assert (running["status"], set(running)) == ("processing", KEYS["processing"])

    clock.forward(60)
    done = slow.get(path).json()
    assert (done["status"], set(done)) == ("succeeded", KEYS["succeeded"])
    assert done["error"] is None
    assert done["metrics"] == {"predict_time": 75.0, "total_time": 100, "image_output_count": 1}
    times = [datetime.fromisoformat(done[key]) for key in ("created_at", "started_at", "completed_at")]
    assert times[1] - times[0] == timedelta(seconds=25)
    assert times[2] - times[0] == timedelta(seconds=100)
    assert {key: done[key] for key in ("id", "input", "created_at")} == {
        key: first[key] for key in ("id", "input", "created_at")
    }


@pytest.mark.parametrize(
    ("model", "given", "count"),
    [(FLUX, {}, 1), (FLUX, {"num_outputs": 3}, 3), ("black-forest-labs/flux-1.1-pro", {}, None)],
)
def test_the_output_is_a_list_or_one_address_as_the_model_has_it(quick, model, given, count):
    output = quick.get(f"/v1/predictions/{quick.create(model, **given).json()['id']}").json()["output"]
    assert isinstance(output, str) if count is None else len(output) == count


@pytest.mark.parametrize("model", [FLUX, "black-forest-labs/flux-1.1-pro"])
@pytest.mark.parametrize("extension", ["webp", "jpg", "png"])
def test_a_delivered_file_is_what_it_says_it_is(quick, model, extension):
    output = quick.create(model, output_format=extension).json()["output"]
    url = output if isinstance(output, str) else output[0]
    quick.headers = {}  # addresses are public
    response = quick.get(url)
    data = response.content
    start, mark = MAGIC[extension]
    assert url.endswith(f".{extension}")
    assert data.startswith(start)
    assert mark in data[:16]
    assert response.headers["content-type"] == {"jpg": "image/jpeg"}.get(extension, f"image/{extension}")
    digest = hashlib.md5(data)
    assert response.headers["etag"] == f'"{digest.hexdigest()}"'
    sums = (base64.b64encode(one).decode() for one in (crc32c(data).to_bytes(4), digest.digest()))
    assert response.headers["x-goog-hash"] == "crc32c={},md5={}".format(*sums)
    assert response.headers["cache-control"] == "public,max-age=3600"
    assert response.headers["content-length"] == str(len(data))
    seen = describe(open_image(data))
    assert (seen.width, seen.height) == (1024, 1024)


@pytest.mark.parametrize("file", ["out-0.gif", "out-0.exe", "out-0"])
def test_a_file_of_no_known_format_is_not_there(quick, file):
    assert quick.get(f"/delivery/{quick.create().json()['id']}/{file}").status_code == 404


def test_a_file_is_there_only_when_its_prediction_has_succeeded(slow, clock):
    path = f"/delivery/{slow.create().json()['id']}/out-0.png"
    assert slow.get(path).status_code == 404
    clock.forward(101)
    assert slow.get(path).status_code == 200
    assert slow.get("/delivery/nobody/out-0.png").status_code == 404


@pytest.mark.parametrize(("after_s", "billed"), [(10, "0"), (50, "0.025")], ids=["waiting", "running"])
def test_a_canceled_prediction_is_free_only_if_it_had_not_begun(slow, clock, after_s, billed):
    path = f"/v1/predictions/{slow.create().json()['id']}"
    clock.forward(after_s)
    canceled = slow.ask("POST", f"{path}/cancel").json()
    assert (canceled["status"], canceled["output"]) == ("canceled", None)
    assert "metrics" in canceled
    clock.forward(1000)
    assert slow.get(path).json()["status"] == "canceled"
    assert slow.invoice()["total_usd"] == billed


@pytest.mark.parametrize(
    ("deadline", "status", "billed"),
    [("20", "aborted", "0"), ("1m", "canceled", "0.025"), ("1h", "succeeded", "0.025")],
)
def test_a_deadline_ends_a_prediction_for_nothing_only_while_it_waits(slow, clock, deadline, status, billed):
    slow.headers = {"Authorization": "Bearer sandbox", "Cancel-After": deadline}
    path = f"/v1/predictions/{slow.create().json()['id']}"
    clock.forward(200)
    body = slow.get(path).json()
    assert (body["status"], "started_at" in body) == (status, status != "aborted")
    assert slow.invoice()["total_usd"] == billed


def test_a_finished_prediction_cannot_be_canceled_and_is_shown_as_it_is(quick):
    path = f"/v1/predictions/{quick.create().json()['id']}"
    answer = quick.ask("POST", f"{path}/cancel")
    assert answer.status_code == 200
    assert answer.json() == quick.get(path).json() | {"logs": None, "webhook_completed": None}
    assert quick.invoice()["total_usd"] == "0.025"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic abc"}])
def test_without_a_token_nothing_is_told_or_taken(quick, headers):
    known = f"/v1/predictions/{quick.create().json()['id']}"
    bill = quick.invoice()
    quick.headers = headers
    paths = ["/v1/account", f"/v1/models/{FLUX}", "/v1/predictions", known]
    for response in [quick.create(), quick.ask("POST", f"{known}/cancel"), *(quick.get(path) for path in paths)]:
        assert response.status_code == 401
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["title"] == "Unauthenticated"
    assert quick.invoice() == bill


def test_what_is_not_known_is_refused(quick):
    assert quick.create("nobody/nothing").status_code == 404
    assert quick.get("/v1/models/nobody/nothing").status_code == 404
    assert quick.get("/v1/predictions/nothing").status_code == 404
    wrong = quick.ask("POST", "/v1/predictions", json={"version": "f" * 64, "input": {"prompt": "x"}})
    assert (wrong.status_code, wrong.json()["title"]) == (422, "Invalid version or not permitted")
    assert quick.invoice()["calls"] == []


def test_the_real_client_finds_all_its_predictions_in_it_page_by_page(quick):
    for n in range(130):
        quick.create(seed=n)

    async def main():
        transport = httpx.ASGITransport(quick.app)
        headers = {"Authorization": "Bearer sandbox"}
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox/v1", headers=headers) as api:
            replicate = ReplicateClient(
                api, api, request_timeout_s=10, max_download_bytes=1, download_timeout_s=10, cancel_after_s=60
            )
            since = datetime.now(UTC) - timedelta(minutes=2)
            return [given["seed"] async for _, given in replicate.created_since(since)]

    assert asyncio.run(main()) == list(range(129, -1, -1))


def test_over_real_http_a_picture_is_bought_followed_and_fetched(sandbox):
    async def main():
        base = f"{sandbox.url}/v1"
        async with client(base) as api, client(base, token=None) as files:
            replicate = ReplicateClient(
                api,
                files,
                request_timeout_s=10,
                max_download_bytes=10_000_000,
                download_timeout_s=10,
                cancel_after_s=60,
            )
            reply = await replicate.create(held(FLUX, input={"prompt": "a compass", "output_format": "png"}))
            assert isinstance(reply, Accepted)
            for _ in range(1000):
                prediction = await replicate.get(reply.provider_call_id)
                if prediction.is_terminal:
                    break
            into = io.BytesIO()
            await replicate.download(prediction.output_urls()[0], into)
            return reply.provider_call_id, into.getvalue()

    prediction_id, data = asyncio.run(main())
    assert describe(open_image(data)).format == "png"
    assert [(call["id"], call["usd"]) for call in sandbox.invoice()] == [(prediction_id, "0.025")]
