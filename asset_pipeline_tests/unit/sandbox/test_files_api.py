"""The sandbox's uploads: taken to the byte, shown with the recorded keys, and gone after a day or when deleted."""

import hashlib

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from asset_pipeline.sandbox.multipart import parts_of

KEYS = {
    "id",
    "name",
    "content_type",
    "size",
    "etag",
    "checksums",
    "metadata",
    "created_at",
    "expires_at",
    "urls",
}
DAY_S = 86_400


def upload(sandbox, data=b"\x89PNG\r\n\x1a\n", name="a.png", kind="image/png", **fields):
    """Upload a file, and return the response."""
    return sandbox.ask("POST", "/v1/files", files={"content": (name, data, kind)}, data=fields)


def test_an_upload_is_answered_and_shown_with_what_was_recorded(quick):
    data = b"\x00\r\n--\xff\n"
    created = upload(quick, data, metadata='{"customer": 123}')
    body = created.json()
    assert (created.status_code, set(body)) == (201, KEYS)
    assert (body["name"], body["content_type"], body["size"]) == ("a.png", "image/png", len(data))
    assert body["checksums"] == {"sha256": hashlib.sha256(data).hexdigest(), "md5": hashlib.md5(data).hexdigest()}
    assert (body["etag"], body["metadata"]) == (body["checksums"]["md5"], {"customer": 123})
    assert body["urls"] == {"get": f"http://sandbox/v1/files/{body['id']}"}
    assert quick.get(body["urls"]["get"]).json() == body
    assert "ratelimit-remaining" not in created.headers


def test_name_and_type_of_the_form_come_before_those_of_the_file(quick):
    body = upload(quick, filename="ü.bin", type="application/x-thing").json()
    assert (body["name"], body["content_type"], body["metadata"]) == ("ü.bin", "application/x-thing", {})


def test_uploads_are_listed_newest_first_until_they_are_deleted_or_a_day_old(quick, clock):
    first = upload(quick).json()
    clock.forward(60)
    second, third = upload(quick).json(), upload(quick).json()
    assert quick.get("/v1/files").json() == {"previous": None, "next": None, "results": [third, second, first]}
    deleted = quick.ask("DELETE", f"/v1/files/{second['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    clock.forward(DAY_S - 30)
    assert quick.get("/v1/files").json()["results"] == [third]
    for gone in (first, second):
        assert quick.get(f"/v1/files/{gone['id']}").status_code == 404
        assert quick.ask("DELETE", f"/v1/files/{gone['id']}").status_code == 404


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"json": {"content": "x"}}, 422),
        ({"data": {"content": "x"}}, 422),
        ({"files": {"file": ("a", b"x")}}, 422),
        ({"files": {"content": ("a", b"x")}, "data": {"metadata": "{"}}, 422),
        ({"files": {"content": ("ü" * 128, b"x")}}, 422),
        ({"content": b"x", "headers": {"content-length": "100000001", "content-type": "multipart/form-data"}}, 413),
    ],
    ids=["json", "form", "other name", "no metadata", "long name", "too large"],
)
def test_what_is_no_upload_is_refused(quick, request_, status):
    assert quick.ask("POST", "/v1/files", **request_).status_code == status
    assert quick.get("/v1/files").json()["results"] == []


def test_without_a_token_no_upload_is_taken_or_shown(quick):
    path = f"/v1/files/{upload(quick).json()['id']}"
    quick.headers = {}
    answers = [upload(quick), quick.get(path), quick.get("/v1/files"), quick.ask("DELETE", path)]
    assert {one.status_code for one in answers} == {401}


@given(st.binary(max_size=300))
@example(b"\r\n")
@example(b"\n\r\r\n\n")
@example(b"\r")
@example(b"--a\r\n")
@example(b"\x85\x0b\x0c\x1c\x1d\x1e\xe2\x80\xa8")
@example(b"From x\n")
def test_a_part_has_the_bytes_that_were_sent(data):
    assume(b"--b" not in data)  # which is what a boundary is for
    body = b'--b\r\nContent-Disposition: form-data; name="content"; filename="f"\r\n\r\n' + data + b"\r\n--b--\r\n"
    assert parts_of("multipart/form-data; boundary=b", body)["content"].data == data
