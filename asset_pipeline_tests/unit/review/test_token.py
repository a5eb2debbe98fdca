"""The token: given, or made once for its owner alone; other machines are served only under one that was given."""

import stat

import pytest

from asset_pipeline.errors import ExposedReviewError, ReviewTokenError
from asset_pipeline.redaction import redact
from asset_pipeline.review.guard.token import is_this_machine, require_unexposed, review_token, token_file


@pytest.fixture
def opened(project):
    return project.open()


def given(project, token):
    (project.root / ".env").write_text(f"REVIEW_TOKEN={token}\n")
    return project.open()


def test_a_given_token_is_used_and_none_is_made(project):
    opened = given(project, "chosen-by-somebody")
    token = review_token(opened)
    assert (token.value.get_secret_value(), token.file, token.is_new) == ("chosen-by-somebody", None, False)
    assert not token_file(opened).is_file()


def test_where_none_is_given_one_is_made_once_and_only_its_owner_can_read_it(opened):
    first, second = review_token(opened), review_token(opened)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.value.get_secret_value() == second.value.get_secret_value()
    assert len(first.value.get_secret_value()) == 32
    assert stat.S_IMODE(token_file(opened).path.stat().st_mode) == 0o600


def test_no_text_shows_a_token_that_was_made(opened):
    token = review_token(opened)
    assert token.value.get_secret_value() not in repr(token)
    assert redact(f"it is {token.value.get_secret_value()}") == "it is [redacted]"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_token_that_others_can_read_is_refused_with_the_way_to_mend_it(opened, mode):
    review_token(opened)
    token_file(opened).path.chmod(mode)
    with pytest.raises(ReviewTokenError, match="can be read by others") as raised:
        review_token(opened)
    assert "chmod 600" in str(raised.value)


@pytest.mark.parametrize("text", ["", "short\n", "x" * 600])
def test_a_token_that_is_none_is_refused_without_being_shown(opened, text):
    review_token(opened)
    token_file(opened).path.write_text(text)
    with pytest.raises(ReviewTokenError, match="not one that was made here") as raised:
        review_token(opened)
    assert raised.value.exit_code == 2
    assert not text.strip() or text.strip() not in str(raised.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_is_served_without_more_ado(opened, host):
    assert is_this_machine(host)
    require_unexposed(opened, host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "review.example.org"])
def test_other_machines_are_not_served_with_a_token_that_nobody_chose(opened, host):
    review_token(opened)
    with pytest.raises(ExposedReviewError, match="REVIEW_TOKEN is not set") as raised:
        require_unexposed(opened, host)
    said = str(raised.value)
    assert raised.value.exit_code == 2
    assert "TLS" in said
    assert "review.public_url" in said


def test_other_machines_are_served_with_a_long_token_that_was_chosen(project):
    require_unexposed(given(project, "chosen-by-somebody"), "0.0.0.0")
    with pytest.raises(ExposedReviewError, match="shorter than 16"):
        require_unexposed(given(project, "too-short"), "0.0.0.0")
