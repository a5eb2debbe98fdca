"""Log files: whole lines whoever writes, rotated, packed and given up in time; no broken disk stops the work."""

import gzip
import json
import logging
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from asset_pipeline.logs import ContextExecutor, bound, configure, configure_unless_done, set_level, sink, to_files
from asset_pipeline.logs.file import LogFile
from asset_pipeline.redaction import forget_all, remember
from asset_pipeline.settings.logs import LogSettings

DAY_S = 86_400
# Writes numbered lines into a folder, in a process of its own.
WRITER = """
import json, sys
from pathlib import Path
from asset_pipeline.logs.file import LogFile
from asset_pipeline.settings.logs import LogSettings
file = LogFile(Path(sys.argv[1]), LogSettings(max_mb=0.004))
for number in range(int(sys.argv[3])):
    file.write([json.dumps({"who": sys.argv[2], "number": number, "said": "x" * 40})])
"""


@pytest.fixture(autouse=True)
def logs():
    """Logging as it is without us, at the beginning and at the end."""
    factory = logging.getLogRecordFactory()
    structlog.reset_defaults()
    yield
    logging.setLogRecordFactory(factory)
    structlog.reset_defaults()
    forget_all()


class Clock:
    """A clock that goes on by hand from now, as files are as old as they are."""

    def __init__(self):
        self.now = float(int(time.time()))

    def __call__(self):
        """Tell the time."""
        return self.now


def lines_in(folder):
    """Return all events in a folder, archives included."""
    texts = [gzip.decompress(path.read_bytes()).decode() for path in sorted(folder.glob("*.gz"))]
    texts += [path.read_text() for path in folder.glob("*.jsonl")]
    return [json.loads(line) for text in texts for line in text.splitlines() if line]


def test_several_processes_write_and_rotate_at_once_and_no_line_is_lost_torn_or_doubled(tmp_path):
    count, names = 120, ("a", "b", "c")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, tmp_path, name, str(count)]) for name in names]
    assert [writer.wait(60) for writer in writers] == [0] * len(names)
    assert len(list(tmp_path.glob("*.gz"))) >= 3
    found = sorted((line["who"], line["number"]) for line in lines_in(tmp_path))
    assert found == [(name, number) for name in names for number in range(count)]


def test_a_file_is_put_aside_when_its_first_line_is_too_old(tmp_path):
    clock = Clock()
    file = LogFile(tmp_path, LogSettings(rotate_hours=2), clock=clock)
    begun = datetime.fromtimestamp(clock.now, UTC)
    file.write([json.dumps({"timestamp": begun.isoformat(), "number": 1})])
    clock.now += 2 * 3600 - 1
    file.write(['{"number": 2}'])
    assert list(tmp_path.glob("*.gz")) == []
    clock.now += 1
    file.write(['{"number": 3}'])
    aside = f"pipeline-{begun + timedelta(hours=2):%Y%m%dT%H%M%S}-000.jsonl.gz"
    assert [path.name for path in tmp_path.glob("*.gz")] == [aside]
    assert (tmp_path / "pipeline.jsonl").read_text() == '{"number": 3}\n'


def test_archives_are_deleted_when_they_are_too_old_or_too_many(tmp_path):
    clock = Clock()
    file = LogFile(tmp_path, LogSettings(max_mb=0.00001, keep_files=3), clock=clock)
    for number in range(6):
        clock.now += 60
        file.write([json.dumps({"number": number})])
    assert [line["number"] for line in lines_in(tmp_path)] == [2, 3, 4, 5]
    clock.now += 2 * DAY_S
    LogFile(tmp_path, LogSettings(keep_days=1, rotate_hours=700), clock=clock).write(["{}"])
    assert [line.get("number") for line in lines_in(tmp_path)] == [5, None]


def test_what_a_killed_process_has_put_aside_and_not_packed_is_packed_by_the_next(tmp_path):
    (tmp_path / "pipeline-20260101T000000-000.jsonl").write_text('{"number": 1}\n')
    (tmp_path / "pipeline-20260101T000000-000.jsonl.gz.part").write_bytes(b"half")
    LogFile(tmp_path, LogSettings(), clock=Clock()).write(['{"number": 2}'])
    assert sorted(path.name for path in tmp_path.iterdir() if path.name[0] != ".") == [
        "pipeline-20260101T000000-000.jsonl.gz",
        "pipeline.jsonl",
    ]
    assert [line["number"] for line in lines_in(tmp_path)] == [1, 2]


def test_a_disk_that_takes_nothing_is_said_once_and_the_work_goes_on(tmp_path, capsys):
    (tmp_path / "logs").write_text("this is no folder")
    configure("WARNING")
    log = structlog.get_logger()
    with to_files(tmp_path / "logs", LogSettings(), level="INFO"):
        for number in range(3):
            log.info("something", number=number)
    said = capsys.readouterr().err
    assert said.count("so nothing is kept there") == 1
    assert "the work goes on" in said


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("caf\udce9", "caf\udce9"),
        ({(1, 2): 3}, "{(1, 2): 3}"),
        ((inside := [1]).append(inside) or inside, "[1, [...]]"),
    ],
    ids=["half a character", "a key that is no text", "a list in itself"],
)
def test_a_value_that_no_json_has_ends_no_log(tmp_path, said, kept):
    configure("ERROR")
    log = structlog.get_logger()
    with to_files(tmp_path, LogSettings(), level="INFO"):
        log.info("odd", said=said)
        log.info("next")
    odd, following = lines_in(tmp_path)
    assert (odd["event"], odd["said"], following["event"]) == ("odd", kept, "next")


def test_whatever_goes_wrong_with_a_line_the_thread_goes_on_and_the_loss_is_said(tmp_path, capsys, monkeypatch):
    class Silent:
        def __str__(self):
            raise LookupError("no words")

        __repr__ = object.__repr__

    complained = threading.Event()

    class Sink(sink.LogSink):
        def _complain(self, error):
            super()._complain(error)
            complained.set()

    monkeypatch.setattr(sink, "RETRY_S", 0)
    lines = Sink(tmp_path, LogSettings())
    lines.put({"event": "odd", "said": Silent()})
    assert complained.wait(30)
    lines.put({"event": "next"})
    lines.close()
    assert [line["event"] for line in lines_in(tmp_path)] == ["lines were dropped", "next"]
    assert "cannot be written (no words)" in capsys.readouterr().err


def test_what_others_have_put_beside_the_log_stays_and_stops_no_line(tmp_path):
    for name in ("pipeline-old.jsonl", "pipeline-20260101T000000-000.jsonl.gz", "pipeline-20260101T000000-001.jsonl"):
        (tmp_path / name).mkdir()
    (tmp_path / "pipeline-20260101T000000-000.jsonl").write_text('{"number": 1}\n')
    (tmp_path / "pipeline-notes.jsonl").write_text("mine\n")
    (tmp_path / "pipeline-notes.jsonl.gz").write_text("mine\n")
    os.utime(tmp_path / "pipeline-notes.jsonl.gz", (1, 1))
    before = sorted(tmp_path.iterdir())
    LogFile(tmp_path, LogSettings(), clock=Clock()).write(["{}"])
    assert sorted(path for path in tmp_path.iterdir() if path.name[0] != ".") == [*before, tmp_path / "pipeline.jsonl"]


def test_a_full_disk_tears_a_line_at_most_and_the_next_one_is_whole(tmp_path, monkeypatch):
    file, write, left = LogFile(tmp_path, LogSettings()), os.write, [5]

    def fill_up(handle, data):
        if not left[0]:
            raise OSError(28, "No space left on device")
        taken, left[0] = left[0], 0
        return write(handle, data[:taken])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", fill_up)
        with pytest.raises(OSError, match="No space left"):
            file.write(['{"number": 1}'])
    file.write(['{"number": 2}'])
    assert (tmp_path / "pipeline.jsonl").read_text().splitlines() == ['{"num', '{"number": 2}']


def test_files_keep_what_the_settings_find_important_while_the_terminal_shows_warnings(tmp_path, capsys):
    configure("WARNING")
    log = structlog.get_logger()
    with to_files(tmp_path, LogSettings(), level="INFO"):
        log.debug("a detail")
        log.info("a fact")
        set_level("DEBUG")
        log.debug("a detail that is wanted now")
        set_level("ERROR")
        log.warning("a worry")
    log.info("after the end")
    assert [line["event"] for line in lines_in(tmp_path)] == ["a fact", "a detail that is wanted now"]
    said = capsys.readouterr().err
    assert "a worry" in said
    assert "fact" not in said
    assert "detail" not in said


def test_where_dagster_has_started_the_process_its_log_follows_the_settings(tmp_path, capsys):
    configure_unless_done("INFO")
    log = structlog.get_logger()
    set_level("ERROR")
    log.warning("not important")
    set_level("DEBUG")
    log.debug("important")
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert " important" in said


def test_lines_name_what_is_worked_on_in_threads_too_and_show_no_secret(tmp_path):
    remember("hush-hush-4711")
    configure("WARNING")
    log = structlog.get_logger()

    def work(number):
        log.info("worked", number=number, said={"deep": "hush-hush-4711"})

    with to_files(tmp_path, LogSettings(), level="INFO"), ContextExecutor(2) as ours, ThreadPoolExecutor(1) as plain:
        with bound(run_id="run-1", image_key="a.icons.b", call_id=None):
            ours.submit(work, 1).result()
            plain.submit(work, 2).result()
        log.info("outside")
    first, second, third = lines_in(tmp_path)
    assert (first["run_id"], first["image_key"]) == ("run-1", "a.icons.b")
    assert "call_id" not in first
    assert "run_id" not in second
    assert "run_id" not in third
    assert "4711" not in json.dumps([first, second])
    assert list(first)[:3] == ["timestamp", "level", "event"]


def test_two_that_keep_logs_in_one_folder_write_each_line_once_and_files_can_be_switched_off(tmp_path):
    configure("WARNING")
    log = structlog.get_logger()
    with to_files(tmp_path / "one", LogSettings(), level="INFO"):
        with to_files(tmp_path / "one", LogSettings(), level="INFO"):
            log.info("both")
        log.info("one")
    with to_files(tmp_path / "none", LogSettings(files=False), level="INFO"):
        log.info("nowhere")
    assert [line["event"] for line in lines_in(tmp_path / "one")] == ["both", "one"]
    assert not (tmp_path / "none").exists()
