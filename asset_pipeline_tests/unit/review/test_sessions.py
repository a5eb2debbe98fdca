"""Sessions are signed, end when they say, outlive the server, and belong to one token."""

import json

import pytest
from pydantic import SecretStr

from asset_pipeline.folders import Folder, FolderFile
from asset_pipeline.review.guard.sessions import Session, Sessions, clean_name

TOKEN = SecretStr("open-sesame-4711")


class Clock:
    """A clock that is set by hand."""

    now = 1_000_000.0

    def __call__(self):
        """Return the time."""
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sessions(tmp_path, clock):
    return Sessions(TOKEN, lifetime_s=3600, ended=FolderFile(Folder(tmp_path), "ended.json"), now_s=clock)


def test_a_cookie_is_read_as_the_session_that_it_was_made_of(sessions):
    session = sessions.open("Ada Lovelace ♥")
    assert sessions.read(sessions.seal(session)) == session
    assert session.expires_at_s == 1_003_600


def test_a_session_ends_at_its_time_and_not_before(sessions, clock):
    cookie = sessions.seal(sessions.open("Ada"))
    clock.now += 3599
    assert sessions.read(cookie)
    clock.now += 1
    assert sessions.read(cookie) is None


def test_a_session_outlives_the_server(sessions, tmp_path, clock):
    cookie = sessions.seal(sessions.open("Ada"))
    again = Sessions(TOKEN, lifetime_s=3600, ended=FolderFile(Folder(tmp_path), "ended.json"), now_s=clock)
    assert again.read(cookie) == sessions.read(cookie)
    assert again.csrf(again.read(cookie)) == sessions.csrf(sessions.read(cookie))


def test_a_session_that_was_ended_stays_so_after_a_restart_and_others_go_on(sessions, tmp_path, clock):
    ended, other = sessions.seal(sessions.open("Ada")), sessions.seal(sessions.open("Grace"))
    sessions.end(sessions.read(ended))
    assert sessions.read(ended) is None
    again = Sessions(TOKEN, lifetime_s=3600, ended=FolderFile(Folder(tmp_path), "ended.json"), now_s=clock)
    assert again.read(ended) is None
    assert again.read(other).reviewer == "Grace"


def test_what_was_ended_is_forgotten_once_it_would_be_over_anyway(sessions, tmp_path, clock):
    first = sessions.open("Ada")
    sessions.end(first)
    clock.now += 4000
    sessions.end(sessions.open("Grace"))
    assert first.nonce not in json.loads((tmp_path / "ended.json").read_text())


def test_another_token_reads_none_of_its_cookies_and_has_another_cookie(sessions, tmp_path, clock):
    other = Sessions(
        SecretStr("another-token-4711"), lifetime_s=3600, ended=FolderFile(Folder(tmp_path), "other.json"), now_s=clock
    )
    session = sessions.open("Ada")
    assert other.read(sessions.seal(session)) is None
    assert other.cookie != sessions.cookie
    assert other.csrf(session) != sessions.csrf(session)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda cookie: "",
        lambda cookie: None,
        lambda cookie: cookie.partition(".")[0],
        lambda cookie: cookie.partition(".")[0] + ".",
        lambda cookie: "." + cookie.partition(".")[2],
        lambda cookie: cookie[:-1] + ("0" if cookie[-1] != "0" else "1"),
        lambda cookie: "x" + cookie,
        lambda cookie: cookie.replace(".", ".é"),
        lambda cookie: "é" + cookie,
        lambda cookie: "a" * 5000 + "." + "b" * 64,
    ],
)
def test_a_spoiled_cookie_is_no_session(sessions, spoil):
    assert sessions.read(spoil(sessions.seal(sessions.open("Ada")))) is None


def test_the_word_of_changes_is_each_session_s_own(sessions):
    ada, grace = sessions.open("Ada"), sessions.open("Ada")
    assert sessions.is_csrf(ada, sessions.csrf(ada))
    assert not sessions.is_csrf(ada, sessions.csrf(grace))
    assert not sessions.is_csrf(ada, "")
    assert not sessions.is_csrf(ada, "é")


def test_only_the_token_is_the_token(sessions):
    assert sessions.is_token("open-sesame-4711")
    for other in ("", "open-sesame-471", "open-sesame-47111", "OPEN-SESAME-4711", "é"):
        assert not sessions.is_token(other)


def test_nothing_of_a_session_shows_the_token(sessions):
    session = sessions.open("Ada")
    said = [sessions.seal(session), sessions.cookie, sessions.csrf(session), repr(session)]
    assert not [text for text in said if "sesame" in text]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Ada", "Ada"),
        ("  Ada \n Lovelace\t", "Ada Lovelace"),
        ("A\x00d\x1ba\u202e", "A d a"),
        ("x" * 200, "x" * 80),
        (" \n ", ""),
    ],
)
def test_a_name_is_one_printable_line(given, kept):
    assert clean_name(given) == kept


def test_a_session_is_compared_by_what_it_says():
    assert Session("Ada", "n", 1) == Session("Ada", "n", 1)
