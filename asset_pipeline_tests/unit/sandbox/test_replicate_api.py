"""The sandbox's Replicate: answers with the recorded keys, states, pages, refusals and files."""

import asyncio
import hashlib
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from asset_pipeline.images.inspect import describe, open_image
from asset_pipeline.ledger import Accepted
from asset_pipeline.providers.replicate import ReplicateClient
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
    assert response.headers["etag"].strip('"') == hashlib.md5(data).hexdigest()
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


def test_a_finished_prediction_cannot_be_cancelled(quick):
    path = f"/v1/predictions/{quick.create().json()['id']}"
    assert quick.ask("POST", f"{path}/cancel").json()["status"] == "succeeded"
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


@pytest.mark.parametrize(
    ("given", "kind", "field"),
    [
        ({"output_format": "gif"}, "enum", "input.output_format"),
        ({"aspect_ratio": "7:5"}, "enum", "input.aspect_ratio"),
        ({"num_outputs": 9}, "number_lte", "input.num_outputs"),
        ({"num_outputs": 0}, "number_gte", "input.num_outputs"),
        ({"prompt": ""}, "required", "input.prompt"),
    ],
)
def test_an_input_outside_the_schema_is_refused_with_its_field_and_is_free(quick, given, kind, field):
    response = quick.create(**given)
    body = response.json()
    assert (response.status_code, body["status"], body["title"]) == (422, 422, "Input validation failed")
    assert [(one["type"], one["field"]) for one in body["invalid_fields"]] == [(kind, field)]
    assert body["detail"] == f"- {field}: {body['invalid_fields'][0]['description']}\n"
    assert quick.invoice()["calls"] == []


def test_unknown_keys_of_an_input_are_taken_and_echoed(quick):
    assert quick.create(no_such_key=1).json()["input"]["no_such_key"] == 1


def test_a_model_page_shows_the_schema_and_the_version_by_which_it_can_be_asked(quick):
    page = quick.get(f"/v1/models/{FLUX}").json()
    version = page["latest_version"]["id"]
    schema = page["latest_version"]["openapi_schema"]["components"]["schemas"]["Input"]
    assert "webp" in schema["properties"]["output_format"]["enum"]
    assert schema["required"] == ["prompt"]
    for asked in (version, f"{FLUX}:{version}", FLUX):
        response = quick.ask("POST", "/v1/predictions", json={"version": asked, "input": {"prompt": "x"}})
        assert (response.status_code, response.json()["model"]) == (201, FLUX)


def test_what_is_not_known_is_refused(quick):
    assert quick.create("nobody/nothing").status_code == 404
    assert quick.get("/v1/models/nobody/nothing").status_code == 404
    assert quick.get("/v1/predictions/nothing").status_code == 404
    wrong = quick.ask("POST", "/v1/predictions", json={"version": "f" * 64, "input": {"prompt": "x"}})
    assert (wrong.status_code, wrong.json()["title"]) == (422, "Invalid version or not permitted")
    assert quick.invoice()["calls"] == []


def listed(quick, path):
    """Return the ids and the next address of a page of predictions."""
    page = quick.get(path).json()
    return [one["id"] for one in page["results"]], page["next"]


def test_predictions_are_listed_newest_first_in_pages_of_a_hundred(quick):
    ids = [quick.create(seed=n).json()["id"] for n in range(205)]
    found, following = [], "/v1/predictions"
    sizes = []
    while following:
        page, following = listed(quick, following)
        found += page
        sizes.append(len(page))
    assert sizes == [100, 100, 5]
    assert found == ids[::-1]


def test_a_full_last_page_has_no_next(quick):
    for n in range(100):
        quick.create(seed=n)
    assert quick.get("/v1/predictions").json()["next"] is None


def test_only_predictions_since_a_moment_are_listed_and_the_moment_counts_itself(quick, clock):
    quick.create()
    clock.forward(60)
    second = quick.create().json()
    clock.forward(60)
    third = quick.create().json()
    assert listed(quick, f"/v1/predictions?created_after={second['created_at']}")[0] == [third["id"], second["id"]]


def test_the_real_client_finds_all_its_predictions_in_it_page_by_page(quick):
    for n in range(130):
        quick.create(seed=n)

    async def main():
        transport = httpx.ASGITransport(quick.app)
        headers = {"Authorization": "Bearer sandbox"}
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox/v1", headers=headers) as api:
            replicate = ReplicateClient(api, api, request_timeout_s=10, max_download_bytes=1, cancel_after_s=60)
            since = datetime.now(UTC) - timedelta(minutes=2)
            return [given["seed"] async for _, given in replicate.created_since(since)]

    assert asyncio.run(main()) == list(range(129, -1, -1))


def test_over_real_http_a_picture_is_bought_followed_and_fetched(sandbox):
    async def main():
        base = f"{sandbox.url}/v1"
        async with client(base) as api, client(base, token=None) as files:
            replicate = ReplicateClient(
                api, files, request_timeout_s=10, max_download_bytes=10_000_000, cancel_after_s=60
            )
            reply = await replicate.create(held(FLUX, input={"prompt": "a compass", "output_format": "png"}))
            assert isinstance(reply, Accepted)
            for _ in range(1000):
                prediction = await replicate.get(reply.provider_call_id)
                if prediction.is_terminal:
                    break
            return reply.provider_call_id, await replicate.download(prediction.output_urls()[0])

    prediction_id, data = asyncio.run(main())
    assert describe(open_image(data)).format == "png"
    assert [(call["id"], call["usd"]) for call in sandbox.invoice()] == [(prediction_id, "0.025")]
