"""Migrates copies of an old ledger in processes that kill themselves: one before each statement, then at any moment."""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

from asset_pipeline.ledger import copying, upgrade
from asset_pipeline.ledger.database import utc_now

EVERY = 4  # statements from one kill to the next
DELAYS_S = [0.005 * n for n in range(1, 13)]


class Fuse:
    """Kills this process when it has burnt down.

    Args:
        length: How many sparks it takes.
    """

    def __init__(self, length):
        self.left = length

    def burn(self):
        """Burn a little further."""
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Burning:
    """A connection on which every statement burns the fuse.

    Args:
        inner: The connection.
        fuse: The fuse.
    """

    def __init__(self, inner, fuse):
        self.inner, self.fuse = inner, fuse

    def execute(self, *arguments):
        """Burn, then run SQL."""
        self.fuse.burn()
        return self.inner.execute(*arguments)

    def close(self):
        """Burn, then close the file."""
        self.fuse.burn()
        self.inner.close()


def migrate(path, fuse):
    """Migrate a file, burning the fuse; never returns."""
    connect, copy = upgrade.connect, shutil.copyfileobj

    def copy_half(source, target, size):
        target.write(source.read(100_000))
        target.flush()
        fuse.burn()
        copy(source, target, size)

    upgrade.connect = lambda path: Burning(connect(path), fuse)
    copying.shutil.copyfileobj = copy_half
    upgrade.upgrade(path, now=utc_now())
    os._exit(0)


def in_a_copy(old, folder, fuse, delay_s=None):
    """Migrate a copy in a process of its own, and say whether it was killed."""
    path = folder / "pipeline.duckdb"
    folder.mkdir(parents=True)
    shutil.copy(old, path)
    child = os.fork()
    if child == 0:
        migrate(path, fuse)
    if delay_s is not None:
        time.sleep(delay_s)
        os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def main(old, folder):
    length = 1
    while in_a_copy(old, folder / f"statement-{length}", Fuse(length)):
        length += EVERY
    for delay_s in DELAYS_S:
        in_a_copy(old, folder / f"time-{delay_s:.3f}", Fuse(10_000), delay_s)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
