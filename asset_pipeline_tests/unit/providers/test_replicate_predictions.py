"""Predictions of every recorded, every documented and every odd shape."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.providers.http import parse_json
from asset_pipeline.providers.prediction import CODES, parse_prediction, parse_time


@pytest.mark.parametrize(
    ("output", "urls"),
    [
        ("https://replicate.delivery/a.webp", ["https://replicate.delivery/a.webp"]),
        (["https://x/0.png", "https://x/1.png"], ["https://x/0.png", "https://x/1.png"]),
        ({"image": "https://x/0.png", "seed": 7}, ["https://x/0.png"]),
        ({"a_mask": "https://x/m.png", "url": "https://x/0.png"}, ["https://x/0.png", "https://x/m.png"]),
        ({"images": ["https://x/0.png", "https://x/1.png"]}, ["https://x/0.png", "https://x/1.png"]),
        ("out-0.png", []),
        ("ftp://x/0.png", []),
        (True, []),
        ([{"file": "https://x/0.png"}, {"file": None}], ["https://x/0.png"]),
        ([["https://x/0.png"], [["https://x/1.png"]]], ["https://x/0.png", "https://x/1.png"]),
        ("data:image/png;base64,aGk=", ["data:image/png;base64,aGk="]),
        (["a caption", "https://x/0.png"], ["https://x/0.png"]),
        ([], []),
        (None, []),
        ("", []),
        (7, []),
    ],
)
def test_the_addresses_are_found_wherever_they_are_in_the_output(output, urls):
    assert parse_prediction({"id": "p1", "output": output}).output_urls() == urls


@pytest.mark.parametrize(
    ("status", "is_terminal"),
    [
        ("starting", False), ("processing", False), ("succeeded", True), ("failed", True), ("canceled", True),
        ("aborted", True), ("interrupted", False), ("successful", False), ("", False), (None, False),
    ],
)  # fmt: skip
def test_an_unknown_status_is_not_the_end(status, is_terminal):
    assert parse_prediction({"id": "p1", "status": status}).is_terminal is is_terminal


def test_a_status_that_is_absent_is_not_the_end():
    assert not parse_prediction({"id": "p1"}).is_terminal


def test_a_failed_one_may_say_nothing_or_something_that_is_no_text():
    assert parse_prediction({"id": "p1", "status": "failed", "error": None}).error is None
    assert parse_prediction({"id": "p1", "status": "failed", "error": {"code": 1}}).error == '{"code": 1}'
    assert parse_prediction({"id": "p1", "status": "failed", "error": {"detail": "no memory"}}).error == "no memory"


@pytest.mark.parametrize(
    ("body", "attribute", "value"),
    [
        ('{"id":"p1","model":"a/b","status":"starting","model":"a/c"}', "status", "starting"),
        ('{"id":"p1","metrics":null}', "metrics", {}),
        ('{"id":"p1","metrics":[1]}', "metrics", {}),
        ('{"id":"p1","metrics":{"predict_time":-11136021.178237}}', "metrics", {"predict_time": -11136021.178237}),
        ('{"id":"p1","metrics":{"resolution_target":"1 MP"}}', "metrics", {"resolution_target": "1 MP"}),
        ('{"id":"p1","version":"hidden"}', "version", "hidden"),
        ('{"id":"p1","version":null}', "version", None),
        ('{"id":"p1","model":["a"]}', "model", None),
        ('{"id":"p1","status":{"a":1}}', "status", ""),
        ('{"id":"p1","input":null}', "given", {}),
        ('{"id":"p1","input":["prompt"]}', "given", {}),
        ('{"id":"p1","output":null,"data_removed":true}', "data_removed", True),
        ('{"id":"p1","something_new":{"a":[1]},"input":null,"logs":null}', "data_removed", False),
    ],
)
def test_odd_bodies_are_taken_as_they_come(body, attribute, value):
    assert getattr(parse_prediction(parse_json(body.encode())), attribute) == value


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
KEYS = st.sampled_from(["id", "status", "output", "error", "metrics", "version", "data_removed"])


@given(body=ANY_JSON | st.dictionaries(KEYS, ANY_JSON))
def test_any_json_is_a_prediction_with_an_id_or_none(body):
    got = parse_prediction(body)
    has_id = isinstance(body, dict) and isinstance(body.get("id"), str) and body["id"] != ""
    assert (got is not None) == has_id
    assert got is None or all(url.startswith(("http://", "https://", "data:")) for url in got.output_urls())
    assert got is None or len(got.reason) < 700


def test_an_output_may_be_as_deep_as_anybody_likes():
    output = "https://x/0.png"
    for _ in range(5000):
        output = [output]
    assert parse_prediction({"id": "p1", "output": output}).output_urls() == ["https://x/0.png"]


@pytest.mark.parametrize(
    ("error", "is_flagged"),
    [
        ("The input or output was flagged as sensitive. Please try again with different inputs. (E005)", True),
        ("(E005)", True),
        ("NSFW content detected. Try running it again, or try a different prompt.", True),
        ("All images were removed by the safety checker", True),
        ("Your request was rejected by our moderation system", True),
        ({"detail": "content policy violation"}, True),
        ("Director: unexpected error handling prediction (E9828)", False),
        ("CUDA out of memory (E1001)", False),
        ("KeyError 'sample'", False),
        ("(E0051)", False),
        (None, False),
    ],
)
def test_a_refusal_for_what_is_shown_is_told_apart_from_a_run_that_broke(error, is_flagged):
    assert parse_prediction({"id": "p1", "status": "failed", "error": error}).is_flagged is is_flagged


def test_words_of_safety_in_a_prediction_that_did_not_fail_flag_nothing():
    assert not parse_prediction({"id": "p1", "status": "succeeded", "error": "NSFW"}).is_flagged


@pytest.mark.parametrize("code", CODES)
def test_each_code_is_explained_to_the_reader_beside_what_was_said(code):
    error = "interrupted (code: PA)" if code == "PA" else f"it broke ({code})"
    reason = parse_prediction({"id": "p1", "status": "failed", "error": error}).reason
    assert reason == f"{error} [{CODES[code]}]"


def test_an_unknown_code_and_a_long_error_are_told_as_they_are_and_in_one_line():
    assert parse_prediction({"id": "p1", "status": "failed", "error": "odd (E4711)"}).reason == "odd (E4711)"
    reason = parse_prediction({"id": "p1", "status": "failed", "error": "a\n b" * 1000}).reason
    assert "\n" not in reason
    assert len(reason) == 500


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2023-08-16T18:57:08.360785140Z", 360785),
        ("2023-08-16T18:57:08.36078514Z", 360785),
        ("2023-08-16T18:57:08.360785Z", 360785),
        ("2023-08-16T18:57:08.3607Z", 360700),
        ("2023-08-16T18:57:08.360Z", 360000),
        ("2023-08-16T18:57:08Z", 0),
        ("2023-08-16T18:57:08.360+00:00", 360000),
    ],
)
def test_times_have_any_number_of_digits(text, microsecond):
    assert parse_time(text) == datetime(2023, 8, 16, 18, 57, 8, microsecond, UTC)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 999))
def test_nanoseconds_are_cut_not_rounded(moment, nanoseconds):
    text = f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}{nanoseconds:03}Z"
    assert parse_time(text) == moment
