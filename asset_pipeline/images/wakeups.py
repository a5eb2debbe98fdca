"""Wake-ups: word from outside that a prediction has ended, so that it is looked at now instead of later.

Whoever receives webhooks puts a small file per prediction into a folder; whoever waits for one looks into the folder.
A wake-up decides nothing: what became of a prediction is only ever what Replicate answers when asked.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import asdict, dataclass

from asset_pipeline.folders import Folder, FolderFile, sweep
from asset_pipeline.providers.http import parse_json

SCAN_S = 0.25
# Longer than Replicate keeps inputs (an hour): after that a lost call cannot be matched any more.
KEPT_S = 7200.0
MAX_BYTES = 1000
_NAME = re.compile(r"[a-z0-9]{1,64}")


@dataclass(frozen=True)
class Wakeup:
    """One word from outside; nothing in it is known to be true.

    Args:
        prediction_id: The prediction.
        call_id: The call it is said to be of.
        status: What it is said to be; for people who look into the folder.
    """

    prediction_id: str
    call_id: str
    status: str

    def __post_init__(self) -> None:
        """Refuse what could be more than a name: it becomes the name of a file."""
        if not all(_NAME.fullmatch(value) for value in (self.prediction_id, self.call_id, self.status)):
            raise ValueError("ids and statuses are 1 to 64 small letters and digits")


class WakeupSpool:
    """The folder of wake-ups, shared by all processes; each file is named after its prediction.

    Args:
        folder: Where; made at the first wake-up.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def put(self, wakeup: Wakeup) -> None:
        """Leave a wake-up; one that is there already is replaced."""
        FolderFile(self._folder, wakeup.prediction_id).write(json.dumps(asdict(wakeup)).encode())

    def names(self) -> frozenset[str]:
        """Return the predictions that there are wake-ups for."""
        return frozenset(name for name in self._folder.names() if _NAME.fullmatch(name))

    def take(self, prediction_id: str) -> None:
        """Remove a wake-up that has done its work."""
        if _NAME.fullmatch(prediction_id):
            self._folder.remove(prediction_id)

    def predictions_of(self, call_id: str) -> list[str]:
        """Return the predictions that are said to be of a call; a hint, to be looked up."""
        return [one.prediction_id for one in map(self._read, self.names()) if one and one.call_id == call_id]

    def sweep(self) -> None:
        """Remove wake-ups that nobody wants any more, and halves that killed processes have left."""
        for name in self.names():
            facts = self._folder.stat(name)
            if facts and time.time() - facts.st_mtime > KEPT_S:
                self._folder.remove(name)
        sweep(self._folder)

    def _read(self, name: str) -> Wakeup | None:
        """Return a wake-up, or None where the file is gone, or is not ours."""
        try:
            wakeup = Wakeup(**parse_json(self._folder.read(name, MAX_BYTES)))
        except (OSError, ValueError, TypeError):
            return None
        return wakeup if wakeup.prediction_id == name else None


class Wakeups:
    """Waits for wake-ups; the folder is scanned once for all who wait.

    Args:
        spool: Where they come; None where no webhooks are configured, so that waiting is sleeping.
    """

    def __init__(self, spool: WakeupSpool | None) -> None:
        self._spool = spool
        self._scan = asyncio.Lock()
        self._names: frozenset[str] = frozenset()
        self._scanned_at = -SCAN_S

    @property
    def are_expected(self) -> bool:
        """Whether there may be any."""
        return self._spool is not None

    async def wait(self, prediction_id: str, timeout_s: float) -> bool:
        """Wait until a prediction has a wake-up, which is used up by that, or until the time is up.

        Args:
            prediction_id: The prediction.
            timeout_s: The longest wait, in seconds.

        Returns:
            Whether there was one.
        """
        if self._spool is None:
            await asyncio.sleep(timeout_s)
            return False
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + timeout_s
        while not await self._has(self._spool, prediction_id):
            left_s = give_up_at - clock()
            if left_s <= 0:
                return False
            await asyncio.sleep(min(left_s, SCAN_S))
        await asyncio.to_thread(self._spool.take, prediction_id)
        self._names -= {prediction_id}
        return True

    async def _has(self, spool: WakeupSpool, prediction_id: str) -> bool:
        """Say whether there is a wake-up, by a scan that is not older than the time between two."""
        clock = asyncio.get_running_loop().time
        async with self._scan:
            if clock() - self._scanned_at >= SCAN_S:
                self._names = await asyncio.to_thread(spool.names)
                self._scanned_at = clock()
        return prediction_id in self._names
