"""Words in a picture that should have none, as the program Tesseract reads them, where it is installed."""

from __future__ import annotations

import io
import os
import shutil
import subprocess

from asset_pipeline.images.checks.pair import Pair, on_ground

_TIMEOUT_S = 20
_SURE = 70.0  # Tesseract's confidence, 0 to 100
_SHORTEST = 3  # lines and dots are often read as one or two letters
_GROUND = (255, 255, 255)
_COLUMNS = 12


def stray_words(pair: Pair) -> float | None:
    """Return how many words are read in the original; None where Tesseract is missing, fails, or takes too long."""
    program = shutil.which("tesseract")
    if not program:
        return None
    file = io.BytesIO()
    on_ground(pair.original, _GROUND).convert("L").save(file, "PNG", compress_level=1)
    # 11 is "sparse text": words anywhere, in no order. One thread, as there is a picture per worker already.
    command = [program, "stdin", "stdout", "--psm", "11", "tsv"]
    try:
        done = subprocess.run(  # noqa: S603 - a program of this machine, and no word of the command comes from outside
            command,
            input=file.getvalue(),
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return float(len(read_words(done.stdout.decode("utf-8", "replace"))))


def read_words(table: str) -> list[str]:
    """Return the words that Tesseract is sure of.

    Args:
        table: Its TSV: a head, then twelve columns, of which the last two are confidence and text
            (https://github.com/tesseract-ocr/tessdoc/blob/main/Command-Line-Usage.md).
    """
    rows = [line.split("\t") for line in table.splitlines()[1:]]
    read = [(row[-2], row[-1].strip()) for row in rows if len(row) == _COLUMNS]
    return [
        text for confidence, text in read if float(confidence) >= _SURE and sum(map(str.isalpha, text)) >= _SHORTEST
    ]
