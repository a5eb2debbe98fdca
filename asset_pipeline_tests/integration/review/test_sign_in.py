"""Signing in: with the token and a name, into a session that outlives the server and belongs to one browser."""

import time
from http.cookies import SimpleCookie

import pytest

from asset_pipeline_tests.support.reviewed import BASE, EVIL, TOKEN, csrf_of, send


def cookie_of(answer):
    """Return the one cookie that an answer sets."""
    ((_, morsel),) = SimpleCookie(answer.headers["set-cookie"]).items()
    return morsel


def test_the_token_and_a_name_open_a_session_whose_pages_show_the_name(filled):
    client = filled.client(name=None)
    answer = client.post("/sign-in", data={"token": TOKEN, "name": "Ada"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = client.get("/")
    assert page.status_code == 200
    assert "Ada" in page.text
    assert TOKEN not in page.text


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(filled):
    cookie = cookie_of(filled.client(name=None).post("/sign-in", data={"token": TOKEN, "name": "Ada"}))
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "strict", "/", "")
    assert not cookie["domain"]
    assert int(cookie["max-age"]) == 72 * 3600


def test_the_cookie_is_sent_by_https_only_where_people_come_by_https(filled, project):
    filled.project = project.open(review={"public_url": "https://review.example.org"})
    client = filled.client(name=None, base="https://review.example.org")
    answer = client.post("/sign-in", data={"token": TOKEN, "name": "Ada"})
    assert cookie_of(answer)["secure"] is True
    assert "max-age" in answer.headers["strict-transport-security"]


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", TOKEN.upper()])
def test_another_token_opens_nothing(filled, token):
    client = filled.client(name=None)
    answer = client.post("/sign-in", data={"token": token, "name": "Ada"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert client.get("/").status_code == 303


def test_without_a_name_nobody_is_let_in(filled):
    answer = filled.client(name=None).post("/sign-in", data={"token": TOKEN, "name": " \n"})
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


def test_the_sixth_guess_within_a_minute_is_not_even_looked_at(filled):
    client = filled.client(name=None)
    for _ in range(5):
        assert client.post("/sign-in", data={"token": "guess", "name": "Eve"}).status_code == 401
    answer = client.post("/sign-in", data={"token": TOKEN, "name": "Eve"})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 61
    assert "set-cookie" not in answer.headers


def test_who_is_signed_in_stays_so_while_somebody_guesses(filled):
    client = filled.client()
    for _ in range(7):
        client.post("/sign-in", data={"token": "guess", "name": "Eve"})
    assert client.get("/").status_code == 200


def test_a_session_outlives_the_server(filled):
    before = filled.client()
    after = filled.client(name=None)
    after.cookies = before.cookies
    assert after.get("/").status_code == 200
    assert csrf_of(after) == csrf_of(before)


def test_a_session_ends_when_its_time_is_over(filled):
    client = filled.client()
    filled.now_s = lambda: time.time() + 72 * 3600 + 1
    later = filled.client(name=None)
    later.cookies = client.cookies
    assert later.get("/").status_code == 303
    assert later.post("/api/undo", json={"decision_ids": []}).status_code == 401


def test_another_token_ends_all_sessions(filled):
    client = filled.client()
    other = filled.client(name=None, token="another-token-4711")
    other.cookies = client.cookies
    assert other.get("/").status_code == 303


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(filled):
    client = filled.client()
    copy = {"cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
    assert filled.client(name=None).get("/", headers=copy).status_code == 200
    assert send(client, "/sign-out").headers["location"] == "/sign-in"
    assert client.get("/").status_code == 303
    assert filled.client(name=None).get("/", headers=copy).status_code == 303


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/c/test?state=done", "/c/test?state=done"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/sign-in", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_to_the_page_that_was_asked_for_and_never_to_another_site(filled, asked, leads_to):
    client = filled.client(name=None)
    answer = client.post("/sign-in", data={"token": TOKEN, "name": "Ada", "next": asked})
    assert answer.headers["location"] == leads_to


def test_a_page_asks_to_sign_in_and_remembers_what_was_asked_for(filled):
    answer = filled.client(name=None).get("/c/test?state=done")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fc%2Ftest%3Fstate%3Ddone"


@pytest.mark.parametrize(
    "path",
    [
        "/files/test.icons.lantern",
        "/files/test.icons.lantern/original",
        "/thumbs/test.icons.lantern",
        "/api/tiles",
        "/api/live",
    ],
)
def test_files_and_what_programs_ask_for_are_refused_without_a_page(filled, path):
    answer = filled.client(name=None).get(path)
    assert answer.status_code == 401
    assert "text/html" not in answer.headers["content-type"]


@pytest.mark.parametrize("path", ["/api/decisions", "/sign-out", "/c/test/approve", "/i/test.icons.lantern/decide"])
def test_nobody_changes_anything_without_a_session(filled, path):
    assert filled.client(name=None).post(path, json={}).status_code == 401
    assert filled.desk.asked == []


def test_a_name_cannot_put_anything_into_the_pages(filled):
    page = filled.client(name=EVIL).get("/").text
    assert "<script>alert" not in page
    assert "{{ 7 * 7 }}" in page


def test_who_is_signed_in_does_not_see_the_form_again(filled):
    assert filled.client().get("/sign-in?next=/c/test").headers["location"] == "/c/test"


def test_the_form_does_not_need_a_session_and_says_whose_name_it_proposes(filled, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    page = filled.client(name=None).get("/sign-in").text
    assert 'name="name" value="ada"' in page
    assert BASE not in page


def test_a_session_is_known_beside_strange_cookies_of_others(filled):
    client = filled.client()
    ours = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    header = {"cookie": f'odd={{"a": [1, 2]}}; @=x; ;; plain; {ours}; last=é'.encode()}
    assert filled.client(name=None).get("/", headers=header).status_code == 200


def test_strangers_are_not_told_who_works_here(filled, project, monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    filled.project = project.open(review={"public_url": "https://review.example.org"})
    page = filled.client(name=None, base="https://review.example.org").get("/sign-in").text
    assert 'name="name" value=""' in page
