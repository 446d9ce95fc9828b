"""Every error of the program: a code that never changes, one sentence of meaning, and the remedy.

The command line ends with ``exit_code``; the table in ``docs/reference/errors.md`` is made from this file.
Codes 4 to 97 belong to these classes and are never renumbered; 0, 1, 2, 3, 100 and 130 are the contract
of the command line (see ``tecum.cli``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar


class TecumError(Exception):
    """The root of all errors that a user can cause or cure.

    Args:
        message: what happened, to which thing, in one sentence.
        remedy: what to do; the class's own remedy when left out.
        path: the file concerned.
        line: the line in that file, from 1.
    """

    code: ClassVar[str] = "ERROR"
    exit_code: ClassVar[int] = 3
    remedy_text: ClassVar[str] = ""

    def __init__(
        self, message: str, *, remedy: str = "", path: Path | str | None = None, line: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy or self.remedy_text
        self.path = str(path) if path is not None else None
        self.line = line

    @property
    def place(self) -> str:
        """``file:line`` as far as it is known."""
        return f"{self.path or ''}{f':{self.line}' if self.line else ''}"

    def as_dict(self) -> dict[str, object]:
        """Return the shape printed under ``error`` by ``--json``."""
        return {
            "code": self.code,
            "exit_code": self.exit_code,
            "message": self.message,
            "remedy": self.remedy,
            "path": self.path,
            "line": self.line,
        }


class MatterNotFound(TecumError):
    """The folder is not a matter."""

    code = "MATTER_NOT_FOUND"
    exit_code = 4
    remedy_text = "Name the matter's folder with -C, or make one with: tecum init FOLDER"


class MatterExists(TecumError):
    """A matter is already there."""

    code = "MATTER_EXISTS"
    exit_code = 5
    remedy_text = "Choose another folder, or work on this matter with -C FOLDER"


class MatterNewer(TecumError):
    """The matter was written by a newer version of tecum."""

    code = "MATTER_NEWER"
    exit_code = 6
    remedy_text = "Install a tecum at least as new as the one that wrote it; nothing was changed"


class MatterDamaged(TecumError):
    """The matter's database cannot be read whole."""

    code = "MATTER_DAMAGED"
    exit_code = 7
    remedy_text = (
        "Restore matter.db, with its -wal file if present, from the last backup; sources and blobs were not touched"
    )


class NetworkFolder(TecumError):
    """The folder lies on a network share or is synchronised by another program; SQLite is not safe there."""

    code = "NETWORK_FOLDER"
    exit_code = 8
    remedy_text = "Put the matter on a local disk"


class StageBusy(TecumError):
    """Another run of the same stage is at work in this matter."""

    code = "STAGE_BUSY"
    exit_code = 9
    remedy_text = "Wait until it ends; if that run was killed, the lock is already gone: run again"


class DiskFull(TecumError):
    """The disk is full."""

    code = "DISK_FULL"
    exit_code = 10
    remedy_text = "Free some space and run the same command again; it goes on where it stopped"


class ReadOnly(TecumError):
    """The folder or file cannot be written."""

    code = "READ_ONLY"
    exit_code = 11
    remedy_text = "Allow writing there, or choose another folder"


class SourceMissing(TecumError):
    """A source path is not there, or vanished while it was being read."""

    code = "SOURCE_MISSING"
    exit_code = 12
    remedy_text = "Attach the disk or correct the path and run again; what was collected before is kept"


class DemandInvalid(TecumError):
    """The demand file cannot be used as it is."""

    code = "DEMAND_INVALID"
    exit_code = 13
    remedy_text = "Correct the line named; docs/reference/demand-file.md lists every key"


class SettingsInvalid(TecumError):
    """tecum.toml cannot be used as it is."""

    code = "SETTINGS_INVALID"
    exit_code = 14
    remedy_text = "Correct the line named in tecum.toml"


class QueryInvalid(TecumError):
    """The query has an error or two readings, and is not run."""

    code = "QUERY_INVALID"
    exit_code = 15
    remedy_text = "Correct the query at the place shown, or choose one of the readings"


class NotBalanced(TecumError):
    """Items found do not equal documents + containers + excluded + unprocessable."""

    code = "NOT_BALANCED"
    exit_code = 16
    remedy_text = "Run tecum verify and report what it prints: this is a defect of tecum, never of your files"


class VolumeExists(TecumError):
    """A volume of that name exists already and is frozen."""

    code = "VOLUME_EXISTS"
    exit_code = 17
    remedy_text = "Choose the next volume name; a sealed volume is never written again"


class VolumeNotFound(TecumError):
    """There is no such volume."""

    code = "VOLUME_NOT_FOUND"
    exit_code = 18
    remedy_text = "List the volumes with: tecum status"


class VolumeUnreadable(TecumError):
    """The path holds no load file that can be read."""

    code = "VOLUME_UNREADABLE"
    exit_code = 19
    remedy_text = "Name a volume folder or a load file (.dat, .opt, .lfp, .csv or EDRM .xml)"


class ReleaseRefused(TecumError):
    """The volume is not in a state in which it may be released."""

    code = "RELEASE_REFUSED"
    exit_code = 20
    remedy_text = "Clear the stops named, then run tecum release again"


class BatesInvalid(TecumError):
    """A Bates prefix, number or range is not usable."""

    code = "BATES_INVALID"
    exit_code = 21
    remedy_text = "Prefix: letters, digits, '-' or '_', not ending in a digit; then digits of a fixed width"


class BatesTaken(TecumError):
    """The numbers wanted are in use or registered as used elsewhere."""

    code = "BATES_TAKEN"
    exit_code = 22
    remedy_text = "Let the next number be chosen, or start after the last one used"


class BatesOverflow(TecumError):
    """The fixed width is too small for the numbers needed."""

    code = "BATES_OVERFLOW"
    exit_code = 23
    remedy_text = "Set a larger [production] width before the first volume of this prefix"


class RendererChanged(TecumError):
    """The renderer or font recorded for this matter is not the one installed."""

    code = "RENDERER_CHANGED"
    exit_code = 24
    remedy_text = "Install the recorded version: page counts, and so Bates numbers, depend on it"


class LedgerBroken(TecumError):
    """The ledger's chain does not hold: an entry was changed, removed or inserted."""

    code = "LEDGER_BROKEN"
    exit_code = 25
    remedy_text = "Restore the matter from a backup and find out who changed the database"


class BlobDamaged(TecumError):
    """Stored bytes are missing or no longer match their hash."""

    code = "BLOB_DAMAGED"
    exit_code = 26
    remedy_text = "Restore the blobs folder from a backup, or collect the source again"


class TimeZoneInvalid(TecumError):
    """The time zone is missing or unknown."""

    code = "TIME_ZONE_INVALID"
    exit_code = 27
    remedy_text = "Set time_zone to an IANA name such as America/Chicago: the dates produced depend on it"


class NothingToProduce(TecumError):
    """No family is selected, so there is no volume to write."""

    code = "NOTHING_TO_PRODUCE"
    exit_code = 28
    remedy_text = "Look at the terms report: each term's hits, and what was not searchable"


class SandboxFailed(TecumError):
    """The isolated process that reads files cannot be started."""

    code = "SANDBOX_FAILED"
    exit_code = 29
    remedy_text = "Run tecum doctor, which tries each layer of isolation and says which one fails"


class ProfileUnknown(TecumError):
    """There is no load-file profile of that name."""

    code = "PROFILE_UNKNOWN"
    exit_code = 30
    remedy_text = "Choose one of the profiles listed"


class OutputExists(TecumError):
    """The output folder exists and holds something else."""

    code = "OUTPUT_EXISTS"
    exit_code = 31
    remedy_text = "Choose a new or empty folder for --out"


class IndexStale(TecumError):
    """The search index does not match the documents."""

    code = "INDEX_STALE"
    exit_code = 32
    remedy_text = "Run tecum ingest again: it rebuilds what is missing; the index folder may always be deleted"


class GlyphMissing(TecumError):
    """A text has characters for which the shipped fonts have no glyph."""

    code = "GLYPH_MISSING"
    exit_code = 33
    remedy_text = "The document goes out with its native and a slip sheet; see the exception list"


class VolumeChanged(TecumError):
    """A volume is no longer what was sealed, or what was taken in."""

    code = "VOLUME_CHANGED"
    exit_code = 34
    remedy_text = "Restore the volume from a copy, or find out who changed it; it cannot be released as it is"


class TermsInvalid(TecumError):
    """The list of terms cannot be read as a file."""

    code = "TERMS_INVALID"
    exit_code = 35
    remedy_text = "Give a text file with one term a line, or a CSV or XLSX with a column named term"


class ScoreMismatch(TecumError):
    """The truth file does not belong to this pile."""

    code = "SCORE_MISMATCH"
    exit_code = 36
    remedy_text = "Use the truth file written with the same seed"


class DocumentUnknown(TecumError):
    """There is no document with that control number."""

    code = "DOCUMENT_UNKNOWN"
    exit_code = 37
    remedy_text = "Look the number up with: tecum search"


class ReportUnknown(TecumError):
    """There is no report of that name."""

    code = "REPORT_UNKNOWN"
    exit_code = 38
    remedy_text = (
        "Choose custody, exceptions, processing, status, threads, near-duplicates, versions, languages, blind-copies, "
        "widened, board, money, tasks, history or findings"
    )


class CalendarTooShort(TecumError):
    """A count of days reaches beyond the years of its calendar."""

    code = "CALENDAR_TOO_SHORT"
    exit_code = 39
    remedy_text = "Compute the calendar for more years and record it anew; a day that is not listed is never guessed"


class CalendarUnknown(TecumError):
    """There is no calendar of legal holidays by that key."""

    code = "CALENDAR_UNKNOWN"
    exit_code = 40
    remedy_text = "Write a country, or country and subdivision, by its ISO codes, such as US, US-IL or NZ"


class TableInvalid(TecumError):
    """A table (CSV, XLSX or JSON), or a row of one, cannot be used as it is."""

    code = "TABLE_INVALID"
    exit_code = 41
    remedy_text = "Correct what is named and run the same command again; nothing was entered"

    def __init__(
        self,
        message: str,
        *,
        problems: Sequence[Mapping[str, str | int]] = (),
        remedy: str = "",
        path: Path | str | None = None,
        line: int | None = None,
    ) -> None:
        """Keep what is to be corrected.

        ``problems`` has one entry for each thing, with the keys ``place`` (file, and sheet or list), ``row`` (from 1,
        the header being 1; 0 where the whole file is meant), ``column``, ``message`` and ``cure``.
        """
        super().__init__(message, remedy=remedy, path=path, line=line)
        self.problems = [dict(one) for one in problems]

    def as_dict(self) -> dict[str, object]:
        """As every error, with ``problems``."""
        return {**super().as_dict(), "problems": self.problems}


class TemplateInvalid(TecumError):
    """A letter's template cannot be read, or names a field or block that there is not."""

    code = "TEMPLATE_INVALID"
    exit_code = 42
    remedy_text = "Correct the line named; a template of your own that is deleted gives way to the one shipped"


class LetterIncomplete(TecumError):
    """A letter needs something that is not recorded."""

    code = "LETTER_INCOMPLETE"
    exit_code = 43
    remedy_text = "Record what is missing, or mark the field as optional with a question mark: {name?}"


class RecipientUnknown(TecumError):
    """No recipient is meant by a name or a choice."""

    code = "RECIPIENT_UNKNOWN"
    exit_code = 44
    remedy_text = "List the recipients with: tecum demand status"


class DemandSent(TecumError):
    """A demand that was sent is to be changed."""

    code = "DEMAND_SENT"
    exit_code = 45
    remedy_text = "Write a new demand under another id that supersedes it"


class StepForbidden(TecumError):
    """A step may not be taken: an order forbids it, the demand has ended, or nothing calls for it."""

    code = "STEP_FORBIDDEN"
    exit_code = 46
    remedy_text = "Wait until what forbids it is gone; a fact that happened anyway is recorded with --observed"


class FieldUnknown(TecumError):
    """A field of the status page is not known, or none was chosen."""

    code = "FIELD_UNKNOWN"
    exit_code = 47
    remedy_text = "Choose the fields one by one with --field"


class ExchangeInvalid(TecumError):
    """A file of deficiencies cannot be used as it is."""

    code = "EXCHANGE_INVALID"
    exit_code = 48
    remedy_text = "Ask the other side for the file again; docs/reference/deficiencies.md describes the format"


class ProposalInvalid(TecumError):
    """A file proposes nothing that can be entered, or a proposal is named that there is not."""

    code = "PROPOSAL_INVALID"
    exit_code = 49
    remedy_text = "Give a mail (.eml), a saved page (.html) or an article as text (.txt); see what it proposes first"


class FindingUnknown(TecumError):
    """There is no finding of that name."""

    code = "FINDING_UNKNOWN"
    exit_code = 50
    remedy_text = "List the findings with: tecum demand finding"


class EngineMissing(TecumError):
    """A step was asked for that needs an optional part, which is not installed."""

    code = "ENGINE_MISSING"
    exit_code = 51
    remedy_text = "Install the part that the message names, and run the command again"


class RecognitionChanged(TecumError):
    """The engine that recognises words is not the one with which this matter's pages were read."""

    code = "RECOGNITION_CHANGED"
    exit_code = 52
    remedy_text = 'Install the recorded version, or set [processing] ocr = "none" to go on without it'


def catalogue() -> list[type[TecumError]]:
    """Return every error class in order of its exit code.

    Raises:
        AssertionError: when two classes share a code, which is a defect of the program.
    """
    found = sorted(TecumError.__subclasses__(), key=lambda kind: kind.exit_code)
    assert len({kind.code for kind in found}) == len(found) == len({kind.exit_code for kind in found})
    return found
