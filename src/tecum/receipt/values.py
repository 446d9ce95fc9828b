"""Rules about the values of one row: dates, times, senders, and redacted rows with live paths (M, R02)."""

from __future__ import annotations

import datetime as dt

from tecum.loadfile.dialect import shorten
from tecum.model import MAIL_KINDS
from tecum.receipt.dates import DateStyle, Reading, read_date, read_time
from tecum.receipt.report import CheckResult
from tecum.receipt.rows import EdrmRows, Record, Rows

SKEW = dt.timedelta(minutes=15)  # clocks of mail servers differ by minutes
_NO = frozenset({"", "n", "no", "false", "0", "none", "not redacted"})
_TIME_OF = {
    "DATESENT": "TIMESENT",
    "DATERCVD": "TIMERCVD",
    "DATECREATED": "TIMECREATED",
    "DATEMOD": "TIMEMOD",
}
_REDACTED_COLUMNS = frozenset({"REDACTED", "REDACTIONTYPE", "WITHHELD"})
# A full path, and the path of the redacted version whose presence makes the full one a leak.
_FULL_VERSIONS = (("TEXTLINK", "REDACTEDTEXT"), ("IMAGELINK", "REDACTEDIMAGE"))


def is_redacted(record: Record) -> bool:
    """Tell whether the row says that something of the document is redacted or that it is withheld."""
    return bool(record.get("REDACTIONTYPE")) or any(
        record.get(key).casefold() not in _NO for key in ("REDACTED", "WITHHELD")
    )


class ValueRules:
    """Looks at one load file's rows, one at a time."""

    def __init__(self, rows: Rows | EdrmRows, report: CheckResult) -> None:
        self.rows = rows
        self.report = report
        self.zone = ""
        self.zero_sizes = 0
        if rows.styles:
            report.examine("M01", "M02")
        if rows.keys >= {"DATESENT", "DATERCVD"}:
            report.examine("M03")
        if "TIMEZONE" in rows.keys:
            report.examine("M04")
        if rows.keys & _REDACTED_COLUMNS:
            report.examine("R02")

    def row(self, record: Record) -> None:
        """Look at one row."""
        readings = {key: self._date(record, key, style) for key, style in self.rows.styles.items() if record.get(key)}
        self._zone(record, readings)
        sent, received = readings.get("DATESENT"), readings.get("DATERCVD")
        if sent and received and sent.moment and received.moment:
            self._sequence(record, sent, received)
        if self._is_mail(record):
            self.report.examine("M06")
            if not record.get("FROM"):
                self._add("M06", "The mail has no sender.", record, "FROM")
        if record.get("FILESIZE") == "0":
            self.zero_sizes += 1
        if self.rows.keys & _REDACTED_COLUMNS and is_redacted(record):
            self._live_paths(record)

    def finish(self) -> list[str]:
        """Return what was taken for granted."""
        return [f"FILESIZE is 0 in {self.zero_sizes} rows"] if self.zero_sizes else []

    def _date(self, record: Record, key: str, style: DateStyle) -> Reading:
        value = record.get(key)
        reading = read_date(value, style)
        if reading.code:
            self._add(reading.code, f"{key} is {reading.why}.", record, key)
        time_key = _TIME_OF.get(key, "")
        time = record.get(time_key) if time_key else ""
        if not time:
            return reading
        clock = read_time(time)
        if clock.code:
            self._add(clock.code, f"{time_key} is {clock.why}.", record, time_key)
        return Reading(reading.date, clock.time or reading.time)

    def _zone(self, record: Record, readings: dict[str, Reading]) -> None:
        if "TIMEZONE" not in self.rows.keys:
            return
        zone = record.get("TIMEZONE")
        if not zone:
            if any(reading.time for reading in readings.values()):
                self._add("M04", "A time is given without its zone.", record, "TIMEZONE")
            return
        self.zone = self.zone or zone
        if zone != self.zone:
            self._add(
                "M04",
                f"The time zone differs from {self.zone!r}, that of the rows before.",
                record,
                "TIMEZONE",
            )

    def _sequence(self, record: Record, sent: Reading, received: Reading) -> None:
        assert sent.moment and received.moment
        if sent.time and received.time:
            late = sent.moment - received.moment > SKEW
        else:
            late = sent.moment.date() > received.moment.date()
        if late:
            said = f"Sent {sent.moment}, received {received.moment}."
            self._add("M03", said, record, "DATESENT")

    def _is_mail(self, record: Record) -> bool:
        if "FROM" not in self.rows.keys:
            return False
        extension = (record.get("FILEEXT") or record.get("NATIVELINK").rpartition(".")[2]).casefold().lstrip(".")
        kind = record.get("DOCTYPE").casefold()
        return extension in MAIL_KINDS or "mail" in kind or kind in MAIL_KINDS or kind == "message/rfc822"

    def _live_paths(self, record: Record) -> None:
        if record.get("NATIVELINK"):
            said = "The document is redacted or withheld, and its native is in the volume."
            self._add("R02", said, record, "NATIVELINK")
        for full, redacted in _FULL_VERSIONS:
            if record.get(full) and record.get(redacted) and record.get(full) != record.get(redacted):
                said = f"The document is redacted, and {full} leads to another file than its redacted version."
                self._add("R02", said, record, full)

    def _add(self, code: str, message: str, record: Record, key: str) -> None:
        bates, seen = shorten(record.get("BEGBATES")), shorten(record.get(key), 260)
        path = seen if code == "R02" else ""
        self.report.add(code, message, bates=bates, path=path, field=key, evidence=seen)
