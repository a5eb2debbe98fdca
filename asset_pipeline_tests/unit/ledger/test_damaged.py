"""Files that are no ledger, or not whole: each is named for what it is, and left as it is."""

import hashlib
import os
import sqlite3
import subprocess
import sys

import pytest

from asset_pipeline.errors import LedgerDiskError, LedgerFileError
from asset_pipeline.ledger import Database
from asset_pipeline.ledger.opening import connect, explain, translated
from asset_pipeline.ledger.reading import read_only
from asset_pipeline_tests.support.filled import VERSIONS, make_old
from asset_pipeline_tests.support.ledgers import rows
from asset_pipeline_tests.support.projects import REPOSITORY

ROWS = "INSERT INTO store.prompts SELECT 'a.b.c', range::VARCHAR, 'text', now()::TIMESTAMP FROM range(2000)"
KILLED = f"""
import os, sys
from asset_pipeline.ledger.opening import connect
from pathlib import Path
connection = connect(Path(sys.argv[1]))
for n in range(20):
    connection.execute({ROWS!r}.replace("range::", f"'{{n}} '||range::"))
os.kill(os.getpid(), 9)
"""
LIMITED = """
import resource, signal, sys
from pathlib import Path
from asset_pipeline.errors import LedgerDiskError
from asset_pipeline.ledger import Database
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))
random = "gen_random_uuid()::VARCHAR"
insert = f"INSERT INTO store.prompts SELECT 'a.b.c', {random}, repeat({random}, 10), now()::TIMESTAMP FROM range(400)"
with Database(Path(sys.argv[1])) as database:
    for kept in range(100):
        try:
            database.run(lambda connection: connection.execute(insert).fetchall())
        except LedgerDiskError as error:
            told = error
            break
    read = database.run(lambda connection: connection.execute("SELECT count(*) FROM store.prompts").fetchone())[0]
print(kept, read, str(told).replace(chr(10), " "))
"""


def text(path):
    path.write_text("a shopping list\n" * 500)


def sqlite(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE jobs (id INTEGER)")
    connection.close()


def whole(path):
    make_old(path, VERSIONS)


def cut(path):
    whole(path)
    os.truncate(path, path.stat().st_size // 2)


def flipped(path):
    whole(path)
    data = bytearray(path.read_bytes())
    data[5000] ^= 0xFF
    path.write_bytes(data)


def killed(path):
    """Make a ledger whose last rows are in its log only."""
    whole(path)
    subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=REPOSITORY, check=False, timeout=60)


def with_broken_log(path):
    killed(path)
    log = path.with_name(f"{path.name}.wal")
    data = bytearray(log.read_bytes())
    data[len(data) // 2] ^= 0xFF
    log.write_bytes(data)


def with_foreign_log(path):
    killed(path)
    other = path.with_name("other.duckdb")
    whole(other)
    other.replace(path)


CASES = {
    "a text": (text, "is no DuckDB file"),
    "nothing": (lambda path: path.touch(), "is empty"),
    "an SQLite database": (sqlite, "is an SQLite file"),
    "a folder": (lambda path: path.mkdir(), "is a folder"),
    "half of it": (cut, "is damaged"),
    "one wrong bit": (flipped, "is damaged"),
    "a broken log": (with_broken_log, "is damaged"),
    "the log of another": (with_foreign_log, "is damaged"),
}


def hashes(folder):
    """Return the hash of every file but the locks."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file() and path.suffix not in (".lock", ".next", ".users")
    }


@pytest.mark.parametrize(("make", "said"), CASES.values(), ids=CASES.keys())
def test_a_file_that_is_no_whole_ledger_is_named_with_what_to_do_and_left_as_it_is(tmp_path, make, said):
    path = tmp_path / "pipeline.duckdb"
    make(path)
    before = hashes(tmp_path)
    for use in (lambda: rows(Database(path), "SELECT 1"), lambda: read_only(path).__enter__()):
        with pytest.raises(LedgerFileError) as caught:
            use()
        told = str(caught.value)
        assert (said in told, "asset-pipeline restore" in told, caught.value.exit_code) == (True, True, 2)
    assert hashes(tmp_path) == before


def test_what_was_committed_before_a_kill_is_in_the_log_and_is_found_again(tmp_path):
    path = tmp_path / "pipeline.duckdb"
    killed(path)
    assert path.with_name(f"{path.name}.wal").stat().st_size > 0
    with Database(path) as database:
        assert rows(database, "SELECT count(*) FROM store.prompts") == [(20 * 2000 + 3,)]


def test_a_damaged_row_is_named_when_it_is_read_and_the_file_is_left_as_it_is(tmp_path):
    path = tmp_path / "pipeline.duckdb"
    whole(path)
    with connect(path) as connection:
        connection.execute(ROWS.replace("2000", "60000").replace("'text'", "md5(range::VARCHAR)"))
    data = bytearray(path.read_bytes())
    place = data.rindex(b"a.b.c") if data.rfind(b"a.b.c") > 300_000 else len(data) * 2 // 3
    data[place] ^= 0xFF
    path.write_bytes(data)
    before = hashes(tmp_path)
    with Database(path) as database, pytest.raises(LedgerFileError, match="is damaged: Corrupt database file"):
        rows(database, "SELECT sum(hash(p)) FROM store.prompts p")
    assert hashes(tmp_path) == before


def test_where_the_disk_is_full_the_transaction_is_taken_back_and_all_before_it_stays(tmp_path):
    path = tmp_path / "pipeline.duckdb"
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], cwd=REPOSITORY, capture_output=True, text=True, timeout=60
    )
    kept, read, told = ran.stdout.split(" ", 2)
    assert int(kept) > 0
    assert int(read) == int(kept) * 400
    assert "the disk does not take what is written" in told
    assert "make room" in told
    with Database(path) as database:
        assert rows(database, "SELECT count(*) FROM store.prompts") == [(int(read),)]


@pytest.mark.parametrize(
    "text", ["No space left on device", "File too large", "Disk quota exceeded", "Read-only file system"]
)
def test_what_the_disk_refuses_is_told_as_such(tmp_path, text):
    assert isinstance(translated(OSError(text), tmp_path), LedgerDiskError)
    assert isinstance(explain(OSError(text), tmp_path), LedgerDiskError)


def test_a_file_that_may_not_be_opened_is_told_as_such(tmp_path):
    error = explain(OSError("Permission denied"), tmp_path)
    assert (error.exit_code, "change its rights" in str(error)) == (2, True)


@pytest.fixture
def read_only_disk(tmp_path):
    """A disk with a ledger on it that cannot be written any more."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a disk to try this with")
    try:
        whole(folder / "pipeline.duckdb")
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_on_a_disk_that_is_read_only_it_is_said_so_and_all_is_as_it_was(read_only_disk):
    path = read_only_disk / "pipeline.duckdb"
    before = hashes(read_only_disk)
    for use in (lambda: rows(Database(path), "SELECT 1"), lambda: read_only(path).__enter__()):
        with pytest.raises(LedgerDiskError, match="make the disk writable"):
            use()
    assert hashes(read_only_disk) == before
