"""The exceptions of this package, in one tree. Each says whether money may be gone.

    PipelineError
    ├── SettingsError        pipeline.yaml, .env or the environment is wrong        exit 2
    │   ├── WebhookSecretError   the secret of the webhooks is none                 exit 2
    │   ├── ReviewTokenError     the token of the review page cannot be used        exit 2
    │   └── ExposedReviewError   the review page would be open to others            exit 2
    ├── SetupError           the project, Dagster or a key is not in place          exit 2
    ├── SpecError            one or more spec files are wrong                       exit 2
    ├── LegacyFileError      a file of the old tool cannot be read, or not be kept   exit 2
    ├── PromptFileError      a file of prompts, tones, tiers or symbols is wrong    exit 2
    ├── PathError            a name cannot be a file's, or a path leads out         exit 2
    ├── LedgerError          the ledger's file cannot be used
    │   ├── LedgerBusyError      another program holds the file
    │   │   └── LedgerInUseError     it cannot be replaced while others work with it    exit 2
    │   ├── LedgerDiskError      the disk is full or read-only; what was to be written is taken back
    │   ├── LedgerFileError      the file is damaged, empty or not the ledger's     exit 2
    │   └── LedgerNewerError     the file was written by a newer version            exit 2
    ├── BackupError          a backup or an export cannot be made or used           exit 2
    ├── CallError            a call's row does not allow what was asked of it
    ├── WebhookError         a webhook is not taken
    │   ├── WebhookHeaderError     a header is missing or malformed
    │   ├── WebhookTimeError       it is too old, or from the future
    │   └── WebhookSignatureError  nobody who has the secret has signed it
    ├── ReviewRequestError   a request to the review page cannot be answered as asked
    └── ImageError           an image is not what was ordered
        └── NotDrawnError        an SVG cannot be drawn on this machine; the file is kept

What a caller branches on (a refused hold, a rejected request, a lost answer) is a return value, not an
exception; see `asset_pipeline.ledger.calls`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from asset_pipeline.redaction import redact


class Money(StrEnum):
    """Whether an error may have cost something."""

    UNSPENT = "certainly not spent"
    SPENT = "certainly spent"
    UNKNOWN = "possibly spent"


class PipelineError(Exception):
    """Base of everything this package raises on purpose; whatever it is told, its text shows no secret.

    Args:
        what: What is wrong, in one sentence.
        where: File and line, or the key of the setting, where a person has to look.
        fix: What to do about it.
    """

    money = Money.UNSPENT
    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        self.what = redact(what)
        self.where = where and redact(where)
        self.fix = fix and redact(fix)
        super().__init__(self.what)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n  → {self.fix}" if self.fix else text


class SettingsError(PipelineError):
    """A setting is missing, unknown or out of its range; nothing was started."""

    exit_code = 2


class WebhookSecretError(SettingsError):
    """What webhooks are said to be signed with is not a secret of the documented form."""


class ReviewTokenError(SettingsError):
    """What people sign in to the review page with is missing, too short, or readable by others."""


class ExposedReviewError(SettingsError):
    """The review page was to be served to other machines without what keeps strangers out."""


class SetupError(PipelineError):
    """Something around the project is not in place; nothing was started."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong in a YAML file, and where.

    Args:
        file: The file, as the user named it.
        line: Line in it, from 1; 0 for the file as a whole.
        key: Dotted path of the key, empty for the file as a whole.
        message: What is wrong, with the offending value and what is allowed.
    """

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class SpecError(PipelineError):
    """Spec files have problems; all problems of all files are listed, and nothing was spent."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PromptFileError(PipelineError):
    """A file that prompts are made from has problems; all of them are listed, and nothing was spent."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PathError(PipelineError, OSError):
    """A name cannot be that of a file, or a path leads out of its folder; nothing was read or written.

    It is an `OSError` too, so that whoever must go on when a file cannot be had goes on here as well.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        super().__init__(what, where=where, fix=fix)
        self.strerror = self.what


class LegacyFileError(PipelineError):
    """A file of the old tool cannot be read, or what is made of it cannot be written."""

    exit_code = 2


class LedgerError(PipelineError):
    """The ledger cannot be read or written, so no paid call is made."""


class LedgerBusyError(LedgerError):
    """Another program has kept the ledger's file locked for too long."""


class LedgerInUseError(LedgerBusyError):
    """The ledger's file is not replaced, because somebody works with it."""

    exit_code = 2


class LedgerDiskError(LedgerError):
    """The disk does not take what the ledger was to write; the transaction is taken back."""


class LedgerFileError(LedgerError):
    """The ledger's file cannot be used as it is; it is left untouched."""

    exit_code = 2


class LedgerNewerError(LedgerError):
    """The ledger was written by a newer version of this program."""

    exit_code = 2


class BackupError(PipelineError):
    """A backup or an export cannot be made, or not be used; the ledger is as it was."""

    exit_code = 2


class CallError(PipelineError):
    """A paid call was asked to take a step that its state does not allow."""

    money = Money.UNKNOWN


class ImageError(PipelineError):
    """A file is not an image, or not the image that was ordered."""

    money = Money.SPENT


class NotDrawnError(ImageError):
    """An SVG cannot be drawn on this machine; the file is kept, and may be drawn later without paying again."""


class WebhookError(PipelineError):
    """A webhook cannot be shown to be Replicate's, so nothing in it is looked at."""


class WebhookHeaderError(WebhookError):
    """A header that a signed webhook must have is missing or malformed."""


class WebhookTimeError(WebhookError):
    """A webhook was signed too long ago, or in the future: somebody may be sending an old one again."""


class WebhookSignatureError(WebhookError):
    """No signature of a webhook was made with our secret over exactly these bytes."""


class ReviewRequestError(PipelineError):
    """A request to the review page is malformed, or about something that is not there; nothing was decided."""

    def __init__(self, what: str, *, status: int = 400, where: str | None = None, fix: str | None = None) -> None:
        self.status = status
        super().__init__(what, where=where, fix=fix)
