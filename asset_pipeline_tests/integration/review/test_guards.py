"""What every request passes: names, methods, sizes, origins, the session's word, and the headers of every answer."""

import json
import re

import pytest

from asset_pipeline_tests.support.reviewed import BASE, EVIL_ONE, LANTERN, TOKEN, csrf_of, send, send_json

HOST = "127.0.0.1:4500"
APPROVE = {"decisions": [{"decision_id": "d" * 32, "image_key": LANTERN, "kind": "approve"}]}
SAFE = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/c/test", 200),
        ("/i/test.icons.lantern", 200),
        ("/nothing", 404),
        ("/i/test.icons.nothing", 404),
        ("/static/review.css", 200),
        ("/static/nothing.css", 404),
        ("/files/test.icons.lantern", 200),
        ("/sign-in", 303),
    ],
)
def test_every_answer_has_the_headers_that_keep_others_out(client, path, status):
    answer = client.get(path)
    assert answer.status_code == status
    headers = answer.headers
    assert headers["content-security-policy"] == SAFE
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "cache-control" in headers


def test_refusals_and_failures_have_them_too(filled, client):
    def broken(*_arguments, **_options):
        raise RuntimeError("it holds open-sesame-4711-open")

    filled.desk.standing = broken
    failed = client.get("/c/test/panel")
    assert failed.status_code == 500
    assert "sesame" not in failed.text
    for answer in (failed, client.get("/", headers={"host": "evil.example"}), client.put("/")):
        assert answer.headers["content-security-policy"] == SAFE
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_pages_are_kept_by_no_cache(client):
    for path in ("/", "/c/test", "/i/test.icons.lantern", "/c/test/panel", "/api/tiles"):
        assert client.get(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", [HOST, "localhost:4500", "[::1]:4500", "LOCALHOST:4500"])
def test_it_is_served_under_this_machine_s_own_names(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:4500",
        "127.0.0.1",
        "127.0.0.1:4501",
        "localhost.evil:4500",
        "127.0.0.1:4500.evil",
    ],
)
def test_under_a_foreign_name_nothing_is_served_whoever_asks(filled, client, host):
    assert client.get("/", headers={"host": host}).status_code == 421
    assert filled.client(name=None).get("/sign-in", headers={"host": host}).status_code == 421
    answer = client.post("/api/decisions", json=APPROVE, headers={"host": host, "x-csrf-token": csrf_of(client)})
    assert answer.status_code == 421
    assert filled.desk.asked == []


def test_a_request_without_a_host_is_malformed(client):
    assert client.get("/", headers={"host": ""}).status_code == 400


def test_names_of_the_settings_and_the_public_address_are_its_own(filled, project):
    filled.project = project.open(
        review={"allowed_hosts": ["box.lan", "other.lan:8080"], "public_url": "https://review.example.org"}
    )
    client = filled.client(name=None)
    served = {host: client.get("/sign-in", headers={"host": host}).status_code for host in (
        "box.lan", "box.lan:4500", "other.lan:8080", "review.example.org", "box.lan:1", "example.org",
    )}  # fmt: skip
    assert served == {"box.lan": 200, "box.lan:4500": 200, "other.lan:8080": 200, "review.example.org": 200,
                      "box.lan:1": 421, "example.org": 421}  # fmt: skip


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_there_are_no_other_methods(client, method):
    answer = client.request(method, "/")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"


def test_head_is_answered_without_a_body(client):
    answer = client.head("/c/test")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_body_that_is_too_large_is_not_taken(filled, client):
    headers = {"content-type": "application/json", "x-csrf-token": csrf_of(client)}
    assert client.post("/api/decisions", content=b"x" * 1_000_001, headers=headers).status_code == 413
    assert (
        client.post("/api/decisions", content=(b"x" * 100_000 for _ in range(11)), headers=headers).status_code == 413
    )
    assert filled.desk.asked == []


def test_a_declared_length_that_is_too_large_is_refused_before_the_body_is_read(client):
    headers = {"content-type": "application/json", "content-length": "999999999"}
    assert client.post("/api/decisions", content=b"{}", headers=headers).status_code == 413


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data; boundary=x", "text/plain", "application/xml", "", "image/png"]
)
def test_files_and_other_bodies_are_not_taken(client, content_type):
    headers = {"content-type": content_type, "x-csrf-token": csrf_of(client)}
    answer = client.post("/api/decisions", content=b"--x--", headers=headers)
    assert answer.status_code == 415


def test_a_multipart_form_with_a_file_is_not_taken(client):
    answer = client.post("/i/test.icons.lantern/decide", files={"note": b"x"}, data={"csrf": csrf_of(client)})
    assert answer.status_code == 415


def test_a_change_needs_the_session_s_own_word(filled, client):
    other = filled.client(name="Grace")
    refused = [
        client.post("/api/decisions", json=APPROVE),
        client.post("/api/decisions", json=APPROVE, headers={"x-csrf-token": "0" * 64}),
        client.post("/api/decisions", json=APPROVE, headers={"x-csrf-token": csrf_of(other)}),
        client.post("/api/decisions", json=APPROVE | {"csrf": csrf_of(client)}),
        client.post("/i/test.icons.lantern/decide", data={"kind": "approve"}),
        client.post("/i/test.icons.lantern/decide", data={"kind": "approve", "csrf": ""}),
        client.post("/i/test.icons.lantern/decide", data={"kind": "approve", "csrf": csrf_of(other)}),
        client.post(f"/i/test.icons.lantern/decide?csrf={csrf_of(client)}", data={"kind": "approve"}),
        client.post("/c/test/approve", data={"amount_usd": "1"}),
        client.post("/sign-out", data={"x": "1"}),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert filled.desk.asked == []
    assert send_json(client, "/api/decisions", APPROVE).status_code == 200
    assert len(filled.desk.decided) == 1


FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "http://127.0.0.1:3000"},
    {"origin": "null"},
    {"origin": "file://"},
    {"origin": "http://127.0.0.1:4500.evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "none"},
    {"origin": BASE, "sec-fetch-site": "cross-site"},
    {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_change_from_another_site_is_refused_even_with_the_session_s_word(filled, client, headers):
    word = csrf_of(client)
    assert client.post("/api/decisions", json=APPROVE, headers=headers | {"x-csrf-token": word}).status_code == 403
    form = {"kind": "approve", "csrf": word}
    assert client.post("/i/test.icons.lantern/decide", data=form, headers=headers).status_code == 403
    assert filled.desk.asked == []


@pytest.mark.parametrize("path", ["/api/live", "/api/tiles?keys=x", f"/files/{LANTERN}", f"/thumbs/{LANTERN}"])
@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}], ids=str)
def test_no_other_site_gets_a_file_or_listens_even_with_a_session(client, path, headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("headers", FOREIGN)
def test_nobody_is_signed_in_from_another_site(filled, headers):
    answer = filled.client(name=None).post("/sign-in", data={"token": TOKEN, "name": "Ada"}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": BASE},
        {"origin": BASE, "sec-fetch-site": "same-origin"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
        {},
    ],
)
def test_a_change_from_our_own_pages_is_taken_as_browsers_send_it(client, headers):
    answer = client.post("/api/decisions", json=APPROVE, headers=headers | {"x-csrf-token": csrf_of(client)})
    assert answer.status_code == 200


def test_behind_a_proxy_the_public_origin_is_ours(filled, project):
    filled.project = project.open(review={"public_url": "https://review.example.org"})
    client = filled.client(base="http://review.example.org")
    headers = {"origin": "https://review.example.org", "x-csrf-token": ""}
    assert client.post("/sign-in", data={"token": TOKEN, "name": "Ada"}, headers=headers).status_code == 303


def test_a_form_without_a_body_or_with_a_strange_one_is_no_bug(client):
    for body in (b"", b"%", b"\xff\xfe", b"&&&", b"a" * 100, b"&".join(b"a=1" for _ in range(500))):
        headers = {"content-type": "application/x-www-form-urlencoded", "x-csrf-token": csrf_of(client)}
        answer = client.post("/i/test.icons.lantern/decide", content=body, headers=headers)
        assert answer.status_code == 400, body


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"1e999", b"[" * 100_000, b'"x"', b"\xff"])
def test_json_that_is_no_object_is_refused(client, body):
    headers = {"content-type": "application/json", "x-csrf-token": csrf_of(client)}
    assert client.post("/api/decisions", content=body, headers=headers).status_code == 400


def test_half_a_character_is_refused_before_anything_is_decided(filled, client):
    body = json.dumps(APPROVE | {"query": {"text": "\ud800"}})
    headers = {"content-type": "application/json", "x-csrf-token": csrf_of(client)}
    assert client.post("/api/decisions", content=body, headers=headers).status_code == 400
    assert filled.desk.asked == []


COMPARED = "/compare/test.icons.compass"
OWN_CODE = re.compile(r"<style|<[^>\"]*(?:\"[^\"]*\"[^>\"]*)*\s(style|on[a-z]+)=|<script(?![^>]*\ssrc=\"/static/)")
ELSEWHERE = re.compile(r"<(?!a\s)[^>]*\s(?:src|href|action)=\"(?!/(?!/)|#|\?)")


def test_pages_hold_no_script_or_style_of_their_own_and_ask_no_other_site(client):
    for path in (
        "/",
        "/c/test",
        "/c/test/panel",
        f"/i/{LANTERN}",
        f"/i/{EVIL_ONE}",
        "/compare/test.icons.compass",
        "/x",
    ):
        text = client.get(path).text
        assert not OWN_CODE.search(text), path
        assert not ELSEWHERE.search(text), path


def test_signing_out_needs_a_page_of_the_session(client):
    assert send(client, "/sign-out").status_code == 303
