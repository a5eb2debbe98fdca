"""Replicate's own Python client, unchanged, pointed at the served sandbox: it does all it does at Replicate."""

import asyncio
import io
from decimal import Decimal

import pytest
import replicate

from asset_pipeline.images.inspect import describe, open_image
from asset_pipeline.sandbox.catalog import COMMUNITY
from asset_pipeline_tests.support.sandboxes import served

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:replicate")

FLUX = "black-forest-labs/flux-schnell"
PRO = "black-forest-labs/flux-1.1-pro"
SDXL = f"stability-ai/sdxl:{COMMUNITY['stability-ai/sdxl'][0]}"
GIVEN = {"prompt": "a compass", "output_format": "png"}


@pytest.fixture
def client(sandbox):
    """The client, with nothing changed but where it asks and how often it looks."""
    one = replicate.Client(api_token="sandbox", base_url=sandbox.url)
    one.poll_interval = 0.01
    yield one
    one._client.close()


def read(client, url):
    """Return a file as the client reads it; it hands out addresses as text where they are not https."""
    return replicate.helpers.FileOutput(url, client).read()


def test_it_creates_a_prediction_waits_for_its_end_and_reads_the_file(client, sandbox):
    prediction = client.models.predictions.create(model=FLUX, input=GIVEN | {"seed": 7})
    assert (prediction.status, prediction.version, prediction.input["seed"]) == ("starting", "hidden", 7)
    prediction.wait()
    assert prediction.status == "succeeded"
    assert prediction.metrics["image_output_count"] == 1
    assert describe(open_image(read(client, prediction.output[0]))).format == "png"
    prediction.reload()
    assert [(call["id"], call["usd"]) for call in sandbox.invoice()] == [(prediction.id, "0.003")]


@pytest.mark.parametrize("model", [FLUX, PRO, SDXL])
@pytest.mark.parametrize("wait", [True, 5, False])
def test_it_runs_a_model_by_name_or_version_whether_the_answer_waits_or_it_looks(client, sandbox, model, wait):
    output = client.run(model, input={"prompt": "a compass"}, wait=wait)
    url = output if isinstance(output, str) else output[0]
    assert isinstance(output, str) == (model == PRO)
    assert len(read(client, url)) > 1000
    assert len(sandbox.invoice()) == 1


def test_it_runs_several_at_once_in_an_event_loop(client, sandbox):
    async def main():
        runs = (client.async_run(FLUX, input=GIVEN | {"seed": seed}) for seed in range(5))
        try:
            return await asyncio.gather(*runs)
        finally:
            await client._async_client.aclose()

    outputs = asyncio.run(main())
    assert len({url for (url,) in outputs}) == 5
    assert sandbox.total() == Decimal("0.015")


def test_it_creates_by_version_and_by_deployment(client):
    version = client.models.get(FLUX).latest_version
    first = client.predictions.create(version=version, input=GIVEN)
    second = client.predictions.create(version=version.id, input=GIVEN)
    third = client.deployments.predictions.create("sandbox/flux-schnell", input=GIVEN)
    assert [one.model for one in (first, second, third)] == [FLUX] * 3


def test_it_pages_through_all_predictions(client):
    ids = [client.models.predictions.create(model=FLUX, input=GIVEN).id for _ in range(103)][::-1]
    pages = list(replicate.pagination.paginate(client.predictions.list))
    assert [len(page) for page in pages] == [100, 3]
    assert [one.id for page in pages for one in page] == ids
    assert [one.id for one in client.predictions.list(pages[1].previous)] == ids[:100]


def test_it_cancels_a_prediction_that_waits_for_a_machine(tmp_path):
    with served(tmp_path, latency_s=60) as slow:
        client = replicate.Client(api_token="sandbox", base_url=slow.url)
        prediction = client.models.predictions.create(model=FLUX, input=GIVEN)
        prediction.cancel()
        assert (prediction.status, prediction.output) == ("canceled", None)
        prediction.wait()
        assert slow.total() == 0
        client._client.close()


def test_it_looks_up_models_versions_and_who_we_are(client):
    model = client.models.get(FLUX)
    assert (model.owner, model.name, model.id) == (*FLUX.split("/"), FLUX)
    (version,) = model.versions.list()
    assert model.versions.get(version.id) == version == model.latest_version
    schemas = version.openapi_schema["components"]["schemas"]
    assert schemas["Input"]["properties"]["output_format"]["allOf"] == [{"$ref": "#/components/schemas/output_format"}]
    assert schemas["output_format"]["enum"] == ["webp", "jpg", "png"]
    assert client.accounts.current().username == "sandbox"
    assert client.webhooks.default.secret().key.startswith("whsec_")


def test_it_uploads_shows_lists_and_deletes_files(client, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("of a compass", "utf-8")
    first = client.files.create(path, metadata={"customer": 1})
    second = client.files.create(io.BytesIO(b"\x00\xff\r\n"))
    assert (first.name, first.content_type, first.size, first.metadata) == (
        "notes.txt",
        "text/plain",
        12,
        {"customer": 1},
    )
    assert second.size == 4
    assert client.files.get(first.id) == first
    assert client.files.list() == [second, first]
    assert client.files.delete(first.id)
    assert client.files.list() == [second]
    with pytest.raises(replicate.exceptions.ReplicateError) as caught:
        client.files.get(first.id)
    assert caught.value.status == 404


def test_it_uploads_a_file_that_an_input_holds(client):
    given = GIVEN | {"image": io.BytesIO(b"a picture")}
    assert client.models.predictions.create(model=FLUX, input=given).input == GIVEN  # the model has no such key
    assert [file.size for file in client.files.list()] == [9]


@pytest.mark.parametrize(
    ("model", "given", "status", "text"),
    [
        (FLUX, {"prompt": "x", "output_format": "gif"}, 422, "- input.output_format: output_format must be one of"),
        ("nobody/nothing", {}, 404, "could not be found"),
        (f"nobody/nothing:{'f' * 64}", {}, 422, "The specified version does not exist"),
    ],
)
def test_it_understands_refusals_and_nothing_is_billed(client, sandbox, model, given, status, text):
    with pytest.raises(replicate.exceptions.ReplicateError) as caught:
        client.run(model, input=given)
    assert (caught.value.status, text in caught.value.detail) == (status, True)
    assert sandbox.invoice() == []


def test_it_understands_a_failure(client, sandbox):
    sandbox.script({"fault": "flagged"})
    with pytest.raises(replicate.exceptions.ModelError, match="flagged as sensitive"):
        client.run(FLUX, input=GIVEN)
    assert sandbox.total() == 0


def test_without_a_token_it_is_told_so(sandbox):
    client = replicate.Client(api_token="", base_url=sandbox.url)
    with pytest.raises(replicate.exceptions.ReplicateError) as caught:
        client.run(f"nobody/nothing:{'f' * 64}", input={})
    assert (caught.value.status, caught.value.title) == (401, "Unauthenticated")
    client._client.close()


def test_its_own_retries_of_looks_leave_the_invoice_alone(client, sandbox):
    sandbox.script({"fault": "unavailable", "on": "get", "times": 3})
    prediction = client.models.predictions.create(model=FLUX, input=GIVEN)
    prediction.wait()
    assert prediction.status == "succeeded"
    assert [(call["id"], call["usd"]) for call in sandbox.invoice()] == [(prediction.id, "0.003")]


def test_a_refused_create_is_not_sent_again(client, sandbox):
    sandbox.script({"fault": "unavailable", "times": 0})
    with pytest.raises(replicate.exceptions.ReplicateError) as caught:
        client.models.predictions.create(model=FLUX, input=GIVEN)
    assert caught.value.status == 503
    assert sandbox.requests() == 1
    assert sandbox.invoice() == []


@pytest.mark.parametrize("fault", ["lost_answer", "reset_after", "cut_body"])
def test_what_it_believes_to_have_failed_is_billed_where_it_was_taken(client, sandbox, fault):
    sandbox.script({"fault": fault})
    with pytest.raises((replicate.exceptions.ReplicateError, replicate.client.httpx.TransportError)):
        client.models.predictions.create(model=FLUX, input=GIVEN)
    (prediction,) = client.predictions.list()
    prediction.wait()  # like Replicate, the sandbox bills a prediction when it has ended
    assert [(call["id"], call["usd"]) for call in sandbox.invoice()] == [(prediction.id, "0.003")]
