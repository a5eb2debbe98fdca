"""The sandbox's tariff: what it bills is what its metrics say, and never more than what the pipeline holds for it."""

from decimal import Decimal
from xml.etree import ElementTree

import pytest

from asset_pipeline.images.inspect import describe, open_image
from asset_pipeline.images.models import choose_input
from asset_pipeline.providers.prices import PriceTable, actual_usd
from asset_pipeline.sandbox.catalog import COMMUNITY, sandbox_models
from asset_pipeline.sandbox.tariff import LANGUAGE_MODELS
from asset_pipeline_tests.unit.sandbox.support import in_process

SDXL = "stability-ai/sdxl"
FLUX2 = "black-forest-labs/flux-2-pro"
GPT = "openai/gpt-image-1.5"
MODELS = sorted(sandbox_models())
PRICED = [name for name in MODELS if PriceTable().rows(name)]


def ask(sandbox, model, **given):
    """Ask a model in the way that it is asked, and return what GET shows of the prediction in the end."""
    body = {"input": {"prompt": "a compass"} | given}
    if model in COMMUNITY:
        created = sandbox.ask("POST", "/v1/predictions", json=body | {"version": COMMUNITY[model][0]})
    else:
        created = sandbox.ask("POST", f"/v1/models/{model}/predictions", json=body)
    assert created.status_code == 201, created.text
    return sandbox.get(f"/v1/predictions/{created.json()['id']}").json()


def files_of(sandbox, prediction):
    """Return the addresses of the files of a prediction."""
    output = prediction["output"]
    return [output] if isinstance(output, str) else output


def test_all_models_with_a_price_are_served():
    assert {SDXL, FLUX2, GPT, "black-forest-labs/flux-schnell", "recraft-ai/recraft-v3-svg"} <= set(MODELS)
    assert set(PRICED) >= set(MODELS) - {"black-forest-labs/flux-2-max"}


@pytest.mark.parametrize("model", MODELS)
def test_every_model_delivers_what_its_defaults_ask_for(quick, model):
    prediction = ask(quick, model)
    (url,) = files_of(quick, prediction)
    answer = quick.get(url)
    assert prediction["input"] == {"prompt": "a compass"}  # defaults are not shown
    served = sandbox_models()[model]
    if url.endswith(".svg"):
        root = ElementTree.fromstring(answer.content)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert (int(root.get("width")), int(root.get("height"))) == served.size({})
    else:
        seen = describe(open_image(answer.content))
        assert (seen.width, seen.height) == served.size({})
        assert url.endswith(f".{seen.format}")


@pytest.mark.parametrize("model", PRICED)
@pytest.mark.parametrize("size", [(64, 64), (1500, 400)])
def test_what_the_pipeline_asks_is_taken_and_costs_what_it_books_and_at_most_holds(tmp_path, clock, model, size):
    with in_process(tmp_path, latency_s=4) as sandbox:
        chosen = choose_input(model, size=size, prompt="a compass", negative_prompt="text")
        prediction = ask(sandbox, model, **chosen.values)
        clock.forward(5)
        done = sandbox.get(f"/v1/predictions/{prediction['id']}").json()
        price = PriceTable().image(model, chosen.values)
        held = price.worst_usd(chosen.output)
        booked, remark = actual_usd(price.record(), done["metrics"], worst_usd=held)
        assert Decimal(sandbox.invoice()["total_usd"]) == booked
        assert (remark, Decimal(0) < booked <= held) == (None, True)


@pytest.mark.parametrize(
    ("model", "given", "usd"),
    [
        (FLUX2, {}, "0.03"),
        (FLUX2, {"resolution": "4 MP"}, "0.075"),
        (FLUX2, {"aspect_ratio": "custom", "width": 1040, "height": 1024}, "0.045"),
        (GPT, {}, "0.136"),
        (GPT, {"quality": "low", "number_of_images": 3}, "0.039"),
        ("black-forest-labs/flux-dev", {"num_outputs": 4}, "0.1"),
        ("black-forest-labs/flux-2-dev", {"go_fast": False}, "0.014"),
        ("bytedance/seedream-4", {"max_images": 5}, "0.03"),
        ("bytedance/seedream-4", {"max_images": 5, "sequential_image_generation": "auto"}, "0.15"),
    ],
)
def test_quality_size_and_number_decide_the_price(quick, model, given, usd):
    prediction = ask(quick, model, **given)
    (call,) = quick.invoice()["calls"]
    assert call["usd"] == usd
    assert prediction["metrics"]["image_output_count"] == len(files_of(quick, prediction))


def test_the_metrics_are_those_that_were_recorded(tmp_path, clock):
    with in_process(tmp_path, latency_s=8) as sandbox:
        ids = [ask(sandbox, model)["id"] for model in (FLUX2, SDXL)]
        clock.forward(9)
        official, community = (sandbox.get(f"/v1/predictions/{one}").json()["metrics"] for one in ids)
        times = {"predict_time": 6.0, "total_time": 8}
        counters = {"image_input_megapixel_count": 0, "image_output_count": 1, "image_output_megapixel_count": 1}
        assert official == times | counters
        assert community == times
        assert [call["usd"] for call in sandbox.invoice()["calls"]] == ["0.03", "0.00585"]


def test_a_run_that_is_paid_by_time_is_paid_up_to_its_cancellation_or_deadline(tmp_path, clock):
    with in_process(tmp_path, latency_s=100) as sandbox:
        first = ask(sandbox, SDXL)["id"]
        sandbox.headers = {"Authorization": "Bearer sandbox", "Cancel-After": "1m"}
        second = ask(sandbox, SDXL)["id"]
        clock.forward(35)
        canceled = sandbox.ask("POST", f"/v1/predictions/{first}/cancel").json()
        clock.forward(1000)
        ended = sandbox.get(f"/v1/predictions/{second}").json()
        assert (canceled["status"], ended["status"]) == ("canceled", "canceled")
        assert 10 <= canceled["metrics"]["predict_time"] < 11
        assert ended["metrics"] == {"predict_time": 35, "total_time": 60}
        bills = [Decimal(call["usd"]) for call in sandbox.invoice()["calls"]]
        used_s = [Decimal(str(one["metrics"]["predict_time"])) for one in (canceled, ended)]
        assert bills == [(one * Decimal("0.000975")).quantize(Decimal("1e-9")) for one in used_s]


@pytest.mark.parametrize("model", LANGUAGE_MODELS)
def test_no_token_costs_more_than_what_an_estimate_says(model):
    price = PriceTable().language(model)
    prompt, completion, cache_write = LANGUAGE_MODELS[model]
    assert max(prompt, cache_write) <= price.input_usd
    assert completion <= price.output_usd
