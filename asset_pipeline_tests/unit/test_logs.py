"""No line of a log shows a secret: neither our own, nor one of a library, nor a traceback."""

import io
import logging

import httpx
import pytest
import structlog

from asset_pipeline.logs import configure, configure_unless_done
from asset_pipeline.redaction import forget_all, remember

SECRET = "hush-hush-4711"
SIGNED = "https://files.example/a.png?X-Goog-Signature=0aff4711"


@pytest.fixture(autouse=True)
def logs():
    """Logging as it is without us, at the beginning and at the end."""
    factory = logging.getLogRecordFactory()
    structlog.reset_defaults()
    remember(SECRET)
    yield
    logging.setLogRecordFactory(factory)
    structlog.reset_defaults()
    forget_all()


@pytest.fixture
def lines():
    """What a library logs, as a handler of its own writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("some.library")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger, stream
    logger.removeHandler(handler)


def fail():
    """Fail with a secret."""
    headers = {"Authorization": f"Bearer {SECRET}"}
    raise httpx.LocalProtocolError(f"Illegal header value {headers['Authorization']!r}")


def test_an_event_of_ours_shows_no_secret_in_its_words_its_values_or_its_exception(capsys):
    configure("DEBUG")
    log = structlog.get_logger("test")
    log.warning(f"refused {SECRET}", reason=f"Bearer {SECRET}", said={"deep": [SECRET]}, url=SIGNED)
    try:
        fail()
    except httpx.HTTPError:
        log.exception("it broke off", image_key="test.icons.lantern")
    said = capsys.readouterr().err
    assert "4711" not in said
    assert said.count("[redacted]") >= 4
    for words in ("refused", "it broke off", "test.icons.lantern", "LocalProtocolError", "in fail"):
        assert words in said


def test_an_exception_is_shown_without_local_variables_in_a_process_that_others_started(capsys):
    configure_unless_done("INFO")
    try:
        fail()
    except httpx.HTTPError:
        structlog.get_logger("test").exception("it broke off")
    printed = capsys.readouterr()
    assert "it broke off" in printed.err
    assert "headers =" not in printed.err + printed.out
    assert "4711" not in printed.err + printed.out


def test_a_process_that_has_set_up_its_log_keeps_it(capsys):
    configure("ERROR")
    configure_unless_done("DEBUG")
    structlog.get_logger("test").warning("not important")
    assert capsys.readouterr().err == ""


def test_a_librarys_line_shows_no_secret(lines):
    configure("INFO")
    logger, stream = lines
    logger.info('HTTP Request: %s %s "%s"', "GET", httpx.URL(SIGNED), "HTTP/1.1 200 OK")
    logger.debug("receive_response_headers.complete return_value=%r", (200, [(b"X-Echo", SECRET.encode())]))
    logger.info(f"plain {SECRET}")
    logger.info("%(name)s", {"name": SECRET})
    try:
        fail()
    except httpx.HTTPError:
        logger.exception("broken")
    said = stream.getvalue()
    assert "4711" not in said
    for words in ("HTTP Request: GET https://files.example/a.png", "X-Echo", "plain", "broken", "LocalProtocolError"):
        assert words in said


def test_a_handler_that_reads_the_arguments_still_finds_them(lines):
    """As the one of uvicorn's access log does."""
    configure("INFO")
    logger, _ = lines
    seen = []
    logger.addFilter(lambda record: seen.append(record.args) or True)
    logger.info('%s - "%s %s"', "127.0.0.1", "GET", f"/page?token={SECRET}")
    logger.info("%d of %d", 1, 2)
    assert seen == [("127.0.0.1", "GET", "/page?token=[redacted]"), (1, 2)]


def test_a_line_whose_arguments_do_not_fit_is_left_to_logging(lines):
    configure("INFO")
    record = logging.getLogRecordFactory()("x", logging.INFO, "file", 1, "%d", ("no number",), None)
    assert record.args == ("no number",)
