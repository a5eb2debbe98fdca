"""What the sandbox's Replicate makes of a request to create a prediction: body, input and headers, or its refusal."""

from datetime import datetime, timedelta

import pytest

from asset_pipeline.sandbox.catalog import COMMUNITY
from asset_pipeline_tests.unit.sandbox.support import FLUX, in_process

SDXL = "stability-ai/sdxl"
PATH = f"/v1/models/{FLUX}/predictions"
GIVEN = {"prompt": "a compass"}


def refused(response):
    """Return type, field and description of each thing that is wrong, having looked at the rest of the refusal."""
    body = response.json()
    assert (response.status_code, body["status"], body["title"]) == (422, 422, "Input validation failed")
    fields = [(one["type"], one["field"], one["description"]) for one in body["invalid_fields"]]
    lines = [f"- {field}: {text}\n" if field else f"- {text}\n" for _, field, text in fields]
    assert body["detail"] == "".join(lines)
    return fields


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"output_format": "gif"}, ("enum", 'output_format must be one of the following: "webp", "jpg", "png"')),
        ({"megapixels": 1}, ("invalid_type", "Invalid type. Expected: string, given: integer")),
        ({"num_outputs": 9}, ("number_lte", "Must be less than or equal to 4")),
        ({"num_outputs": 0}, ("number_gte", "Must be greater than or equal to 1")),
        ({"num_outputs": True}, ("invalid_type", "Invalid type. Expected: integer, given: boolean")),
        ({"guidance": 10.5}, ("number_lte", "Must be less than or equal to 10")),
        ({"seed": None}, ("invalid_type", "Invalid type. Expected: integer, given: null")),
        ({"go_fast": "yes"}, ("invalid_type", "Invalid type. Expected: boolean, given: string")),
        ({"prompt": ["a"]}, ("invalid_type", "Invalid type. Expected: string, given: array")),
    ],
)
def test_an_input_outside_the_schema_is_refused_with_its_field_and_is_free(quick, given, problem):
    kind, text = problem
    assert (kind, f"input.{next(iter(given))}", text) in refused(quick.create(**given))
    assert quick.invoice()["calls"] == []


def test_all_that_is_wrong_is_said_at_once_what_is_missing_first(quick):
    response = quick.ask("POST", PATH, json={"input": {"num_outputs": 5, "output_format": "gif"}})
    found = refused(response)
    assert found[0] == ("required", "input", "prompt is required")
    assert [field for _, field, _ in found] == ["input", "input.num_outputs", "input.output_format"]


@pytest.mark.parametrize(
    ("path", "body", "problems"),
    [
        (PATH, {}, [("required", "", "input is required")]),
        (PATH, {"input": []}, [("invalid_type", "input", "Invalid type. Expected: object, given: array")]),
        (
            PATH,
            {"input": GIVEN, "version": "x", "idempotency_key": "x"},
            [
                ("additional_property_not_allowed", "", "Additional property version is not allowed"),
                ("additional_property_not_allowed", "", "Additional property idempotency_key is not allowed"),
            ],
        ),
        (
            "/v1/predictions",
            {"input": GIVEN, "model": FLUX},
            [
                ("required", "", "version is required"),
                ("additional_property_not_allowed", "", "Additional property model is not allowed"),
            ],
        ),
    ],
)
def test_a_body_has_the_documented_keys_and_no_others(quick, path, body, problems):
    assert refused(quick.ask("POST", path, json=body)) == problems
    assert quick.invoice()["calls"] == []


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'"text"'])
def test_a_body_that_is_no_json_object_is_refused(quick, content):
    assert quick.ask("POST", PATH, content=content).status_code == 400


def test_unknown_keys_of_an_input_are_dropped_without_a_word(quick):
    created = quick.create(no_such_key=1, seed=7)
    assert (created.status_code, created.json()["input"]) == (201, {"prompt": "a compass", "seed": 7})


@pytest.mark.parametrize("asked", [FLUX, "{id}", f"{FLUX}:{{id}}"])
def test_an_official_model_can_be_asked_for_by_name_and_version_and_hides_its_version(quick, asked):
    version = quick.get(f"/v1/models/{FLUX}").json()["latest_version"]["id"]
    body = {"version": asked.format(id=version), "input": GIVEN}
    created = quick.ask("POST", "/v1/predictions", json=body)
    assert created.status_code == 201
    assert (created.json()["model"], created.json()["version"]) == (FLUX, "hidden")


@pytest.mark.parametrize("asked", ["{id}", f"{SDXL}:{{id}}"])
@pytest.mark.parametrize("version", COMMUNITY[SDXL])
def test_a_community_model_is_asked_for_by_version_and_an_old_one_is_run_by_the_newest(quick, asked, version):
    created = quick.ask("POST", "/v1/predictions", json={"version": asked.format(id=version), "input": GIVEN})
    assert created.status_code == 201
    assert (created.json()["model"], created.json()["version"]) == (SDXL, COMMUNITY[SDXL][0])


def test_a_community_model_is_not_found_by_its_name(quick):
    assert quick.create(SDXL).status_code == 404
    by_name = quick.ask("POST", "/v1/predictions", json={"version": SDXL, "input": GIVEN})
    assert (by_name.status_code, by_name.json()["title"]) == (422, "Invalid version or not permitted")


@pytest.mark.parametrize("asked", ["f" * 64, f"nobody/nothing:{COMMUNITY[SDXL][0]}", f"{SDXL}:7762fd07", "", ":"])
def test_an_unknown_version_is_refused_but_first_of_all_a_missing_token_is(quick, asked):
    body = {"version": asked, "input": GIVEN}
    response = quick.ask("POST", "/v1/predictions", json=body)
    assert (response.status_code, response.json()["title"]) == (422, "Invalid version or not permitted")
    quick.headers = {}
    assert quick.ask("POST", "/v1/predictions", json=body).status_code == 401
    assert quick.ask("POST", "/v1/predictions", content=b"{").status_code == 401


def test_a_deployment_has_its_models_version_and_shows_its_own_name(quick):
    created = quick.ask("POST", "/v1/deployments/sandbox/flux-dev/predictions", json={"input": GIVEN})
    body = created.json()
    page = quick.get(f"/v1/models/{FLUX}").json()
    assert created.status_code == 201
    assert (body["deployment"], body["model"]) == ("sandbox/flux-dev", FLUX)
    assert body["version"] == page["latest_version"]["id"]
    assert quick.invoice()["total_usd"] == "0.025"
    for path in ("sandbox/nothing", "nobody/flux-dev"):
        assert quick.ask("POST", f"/v1/deployments/{path}/predictions", json={"input": GIVEN}).status_code == 404


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("5", 5), ("90", 90), ("90s", 90), ("5m", 300), ("1h30m45s", 5445), ("24h", 86_400), ("86400", 86_400)],
)
def test_a_deadline_is_echoed_as_a_moment(slow, header, seconds):
    slow.headers = {"Authorization": "Bearer sandbox", "Cancel-After": header}
    body = slow.create().json()
    moments = [datetime.fromisoformat(body[key]) for key in ("created_at", "deadline")]
    assert abs(moments[1] - moments[0] - timedelta(seconds=seconds)) <= timedelta(milliseconds=1)


@pytest.mark.parametrize("header", ["4", "0", "86401", "24h1s", "soon", "-5", "5d", "1.5m", "h", ""])
def test_a_deadline_out_of_bounds_is_refused(slow, header):
    slow.headers = {"Authorization": "Bearer sandbox", "Cancel-After": header}
    assert [field for _, field, _ in refused(slow.create())] == ["Cancel-After"]
    assert slow.invoice()["calls"] == []


@pytest.mark.parametrize("header", ["wait=0", "wait=61", "wait=99", "wait=", "wait=x", "wait=1.5", "waiting"])
def test_a_wait_out_of_bounds_is_refused(quick, header):
    quick.headers = {"Authorization": "Bearer sandbox", "Prefer": header}
    assert [field for _, field, _ in refused(quick.create())] == ["Prefer"]


SYNC_KEYS = {
    "created_at",
    "data_removed",
    "error",
    "id",
    "input",
    "logs",
    "model",
    "output",
    "status",
    "urls",
    "version",
}


@pytest.mark.parametrize("header", ["wait", "wait=60", "respond-async, wait=10"])
def test_an_answer_that_is_waited_for_has_the_output_but_neither_end_nor_metrics(tmp_path, header):
    with in_process(tmp_path, latency_s=0.1) as sandbox:
        sandbox.headers = {"Authorization": "Bearer sandbox", "Prefer": header}
        created = sandbox.create()
        body = created.json()
        assert (created.status_code, set(body), body["status"]) == (201, SYNC_KEYS, "processing")
        assert created.headers["preference-applied"] == header.rpartition(" ")[2]
        assert sandbox.get(body["output"][0]).status_code == 200
        done = sandbox.get(f"/v1/predictions/{body['id']}").json()
        assert (done["status"], done["output"]) == ("succeeded", body["output"])
        assert done["metrics"]["image_output_count"] == 1


def test_a_wait_that_is_too_short_ends_with_what_is_there_and_the_prediction_goes_on(slow, clock):
    slow.headers = {"Authorization": "Bearer sandbox", "Prefer": "wait=1"}
    body = slow.create().json()
    assert (body["status"], body["output"]) == ("starting", None)
    clock.forward(100)
    assert slow.get(f"/v1/predictions/{body['id']}").json()["status"] == "succeeded"
    assert slow.invoice()["total_usd"] == "0.025"


def test_a_failure_that_was_waited_for_is_told(quick):
    quick.script({"fault": "flagged"})
    quick.headers = {"Authorization": "Bearer sandbox", "Prefer": "wait"}
    body = quick.create().json()
    assert (body["status"], body["output"]) == ("failed", None)
    assert "(E005)" in body["error"]


def test_other_preferences_do_not_count(slow):
    slow.headers = {"Authorization": "Bearer sandbox", "Prefer": "return=minimal"}
    created = slow.create()
    assert created.json()["status"] == "starting"
    assert "preference-applied" not in created.headers


@pytest.mark.parametrize(
    "url", ["https://example.com/hook", "http://10.0.0.1/x", "ftp://127.0.0.1/x", "127.0.0.1", "", "http://localhost.a"]
)
def test_nobody_outside_this_machine_is_told_anything(quick, url):
    response = quick.ask("POST", PATH, json={"input": GIVEN, "webhook": url})
    assert [(kind, field) for kind, field, _ in refused(response)] == [("format", "webhook")]
    assert quick.invoice()["calls"] == []


@pytest.mark.parametrize("events", [["begin"], ["start", "start"], "start"])
def test_only_known_events_can_be_asked_for_each_once(quick, events):
    body = {"input": GIVEN, "webhook": "http://127.0.0.1:1/", "webhook_events_filter": events}
    (problem,) = refused(quick.ask("POST", PATH, json=body))
    assert problem[1].startswith("webhook_events_filter")
