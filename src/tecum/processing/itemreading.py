"""The reading of one item in the sandbox: its bytes into the blobs, what the child says about it into rows."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tecum.engine import programs
from tecum.engine.blobs import BlobRef, BlobStream
from tecum.engine.sandbox import Outcome
from tecum.errors import SourceMissing
from tecum.model import MAIL_KINDS, Disposition, ExceptionCode
from tecum.processing.collect import modified, opened
from tecum.processing.itemtext import CAP, ItemText
from tecum.processing.rows import Rows, Work, item_key, member_sort

if TYPE_CHECKING:
    from tecum.processing.extract import Bench

TASK = "tecum.processing.reading:read_item"
ROWS = 400  # members or items in one transaction
_COPY = 1 << 20
_MAIL_BUDGET = 16 << 20  # bytes that any mail of a mailbox may expand to
_FIELDS_CAP = 32 << 20
_LONGEST = 100_000  # characters of a field, or parts of a list
_PART = 4000  # characters of one of them
_KNOWN_CODES = {code.value for code in ExceptionCode}


class ItemReading:
    """The reading of one item: what the child says comes in untrusted, and leaves as rows.

    ``target`` is the format in which the reader wants the file, "" when it takes it as it is: after ``run`` the item
    then waits for ``resume`` with the converted file.
    """

    def __init__(self, bench: Bench, work: Work, rows: Rows) -> None:
        self.bench = bench
        self.work = work
        self.rows = rows
        self.row: dict[str, Any] = {"key": work.key, "sha256": "", "md5": "", "size": work.size, "members": 0}
        self._text = ItemText(bench.writer)
        self._member: dict[str, Any] | None = None
        self._data: BlobStream | None = None
        self._trouble: dict[str, Any] = {}  # what the reader said is wrong with the member now coming
        self._ended = False
        self._spent = 0
        self._count = 0
        self._mailbox = False
        self._fields: dict[str, tuple[bool, bytearray]] = {}  # those that are longer than a frame
        self._held: list[dict[str, Any]] = []  # members whose budgets wait for the item's end
        self._needs: dict[str, Any] = {}  # what the reader said it cannot do without
        self.source: bytes | Path | None = None
        self.target = ""

    def run(self) -> Iterator[None]:
        """Read the item; pauses each time there are rows enough for a transaction."""
        self.source = self._collect()
        if self.source is not None:
            yield from self._in_sandbox(self.source, {})
            if self.target:
                return
        yield from self._leave()

    def resume(self, converted: bytes | Path | Outcome) -> Iterator[None]:
        """Go on with the converted file, or with the reason why there is none; pauses as ``run``."""
        if isinstance(converted, Outcome):
            self._finish(converted)
        else:
            self._forget()
            yield from self._in_sandbox(converted, {"kind": self.row["kind"], "converted": True})
        yield from self._leave()

    def _leave(self) -> Iterator[None]:
        """Hand over the members and the item's own row."""
        self._share_budget()
        for start in range(0, len(self._held), ROWS):
            self.rows.members += self._held[start : start + ROWS]
            if start + ROWS < len(self._held):
                yield
        self.rows.items.append(self.row)

    # -- the bytes ---------------------------------------------------------------------------------------

    def _collect(self) -> bytes | Path | None:
        """Bring the item's bytes into the blobs, with both hashes; None when there is nothing to read."""
        work = self.work
        if work.blob is not None:
            self.row |= {"sha256": work.blob.hash, "size": work.blob.size}
            self.row.pop("md5")  # known since the member was stored
            return self._to_read(work.blob)
        try:
            ref, md5 = self._copy(work)
        except SourceFails as failure:
            error = failure.error
            if not Path(work.root).exists():
                raise SourceMissing(f"{work.root} vanished while it was being read") from None
            gone = isinstance(error, FileNotFoundError)
            refused = ExceptionCode.LIMIT_SIZE if error.errno == errno.EFBIG else ExceptionCode.UNREADABLE
            code = ExceptionCode.CHANGED if gone else refused
            self._unprocessable(code, f"the file cannot be read: {error.strerror or error}")
            return None
        self.row |= {"sha256": ref.hash, "md5": md5, "size": ref.size}
        return self._to_read(ref)

    def _copy(self, work: Work) -> tuple[BlobRef, str]:
        with self.bench.writer.stream() as stream:
            for piece in self._pieces(work):
                stream.write(piece)
        self.rows.blobs.append(stream.ref)
        return stream.ref, stream.md5

    def _pieces(self, work: Work) -> Iterator[bytes]:
        """Yield the file's bytes. Its own troubles are raised apart from those of our disk."""
        try:
            with open(work.file, "rb", opener=opened) as file:
                before = os.fstat(file.fileno())
                if not stat.S_ISREG(before.st_mode):
                    raise OSError("it is no longer a regular file")
                self._refuse_holes(before)
                while piece := file.read(_COPY):
                    yield piece
                after = os.fstat(file.fileno())
        except OSError as error:
            raise SourceFails(error) from error
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            self._exception(ExceptionCode.CHANGED, "it changed while being read; the bytes read are kept")
        elif (after.st_size, modified(after)) != (work.size, work.modified):
            self._exception(ExceptionCode.CHANGED, "it changed between being found and being read")

    def _refuse_holes(self, status: os.stat_result) -> None:
        """A sparse file unpacks into its length as a bomb does: it has a loose file's budget, and no more."""
        if not hasattr(status, "st_blocks"):  # Windows does not say
            return
        stored = status.st_blocks * 512  # whatever the file system's own block is
        options = self.bench.options
        if status.st_size > max(options.expand, options.ratio * stored):
            told = f"a sparse file of {status.st_size:,} bytes, of which {stored:,} are stored: beyond the cap"
            raise OSError(errno.EFBIG, told)

    def _to_read(self, ref: BlobRef) -> bytes | Path | None:
        if ref.size == 0:
            self._unprocessable(ExceptionCode.EMPTY_FILE, "the file has no bytes", kind="empty")
            return None
        if self.work.depth > self.bench.options.depth:
            self._unprocessable(ExceptionCode.LIMIT_DEPTH, f"nested deeper than {self.bench.options.depth} levels")
            return None
        self.bench.writer.flush()
        return self.bench.blobs.open(ref)

    # -- the reading -------------------------------------------------------------------------------------

    def _in_sandbox(self, source: bytes | Path, more: dict[str, Any]) -> Iterator[None]:
        """Let the child read, and again with a program where the reader asks for one that is there."""
        yield from self._attempts(source, more)
        if self._needs and (found := programs.found(self._needs["programs"])):
            self._forget()
            yield from self._attempts(source, {**more, "programs": {one.name: str(one.path) for one in found}})

    def _attempts(self, source: bytes | Path, more: dict[str, Any]) -> Iterator[None]:
        """Let the child read; a poison file is tried again, alone in a fresh child, before it is given up."""
        sandbox = self.bench.sandbox_with(tuple(more.get("programs", ())))
        for attempt in (1, 2):
            for untrusted, payload in sandbox.stream(TASK, source, self._args() | more):
                self._take(untrusted, payload)
                if self._mailbox and len(self._held) >= ROWS:
                    self.rows.members += self._held
                    self._held = []
                    yield
            outcome = sandbox.outcome
            if outcome.ok or attempt == 2 or outcome.code not in ("CRASH", "TIMEOUT", "MEMORY"):
                self._finish(outcome if attempt == 1 else _twice(outcome))
                return
            self._forget()

    def _args(self) -> dict[str, Any]:
        work, options = self.work, self.bench.options
        return {
            "name": work.name,
            "size": self.row["size"],
            "kind": work.outside.get("kind", ""),
            "charset": work.outside.get("charset", ""),
            "passwords": list(options.passwords),
            "budget": work.budget,
            "members": options.members,
            "programs": {},
            "converted": False,
        }

    def _take(self, untrusted: dict[str, Any], payload: bytes) -> None:
        """Take one message from the child."""
        what = untrusted.get("t")
        if what == "text":
            self._add_text(payload)
        elif what == "member":
            self._begin_member(untrusted)
            self._add_data(untrusted, payload)
        elif what == "data":
            self._add_data(untrusted, payload)
        elif what == "field":
            self._add_field(untrusted, payload)
        elif what == "end":
            self._add_text(payload)
            self._end(untrusted)
        elif what == "needs":
            self._need(untrusted)
        else:
            raise ValueError(f"unknown message {what!r:.40}")

    def _add_text(self, payload: bytes) -> None:
        if not self._text.add(payload):
            self._exception(ExceptionCode.PARTIAL, f"text beyond {CAP >> 20} MiB was left out")

    def _add_field(self, untrusted: dict[str, Any], payload: bytes) -> None:
        _, data = self._fields.setdefault(str(untrusted.get("name")), (untrusted.get("list") is True, bytearray()))
        if sum(len(held) for _, held in self._fields.values()) + len(payload) <= _FIELDS_CAP:
            data += payload
        else:
            self._exception(ExceptionCode.PARTIAL, f"headers beyond {_FIELDS_CAP >> 20} MiB were left out")

    def _begin_member(self, untrusted: dict[str, Any]) -> None:
        if self._data is not None:
            raise ValueError("a member began before the last one ended")
        work, position = self.work, self._count
        self._mailbox = untrusted.get("mailbox") is True
        depth = work.depth + 1
        name = shown_name(untrusted.get("name")) or f"{position + 1:05d}"
        sort = member_sort(work.sort, position, depth)
        fields = untrusted.get("fields")
        outside = {str(k)[:100]: str(v)[:4000] for k, v in fields.items()} if isinstance(fields, dict) else {}
        if untrusted.get("kind"):
            outside["kind"] = str(untrusted["kind"])[:20]
        self._member = {
            "key": item_key(work.source, sort),
            "source": work.source,
            "parent": work.key,
            "position": position,
            "depth": depth,
            "sort": sort,
            "path": f"{work.path}//{name}",
            "name": name.rpartition("/")[2] or name,
            "size": -1,
            "sha256": "",
            "md5": "",
            "modified": outside.pop("file_modified", ""),
            "outside": json.dumps(outside, sort_keys=True),
            "budget": 0,
            "inline": int(bool(untrusted.get("inline"))),
            "disposition": "",
        }
        self._trouble = untrusted if untrusted.get("problem") else {}
        if untrusted.get("lost"):
            self._lost(self._member, untrusted)
        self._data = self.bench.writer.stream()

    def _lost(self, member: dict[str, Any], untrusted: dict[str, Any]) -> None:
        """A member whose bytes could not be had is still an item, with its reason."""
        code = untrusted.get("problem")
        member["disposition"] = Disposition.UNPROCESSABLE
        self.rows.exceptions.append(
            {
                "item": member["key"],
                "stage": "read",
                "code": code if code in _KNOWN_CODES else ExceptionCode.CORRUPT,
                "message": str(untrusted.get("message"))[:2000],
                "tool": "",
            }
        )

    def _add_data(self, untrusted: dict[str, Any], payload: bytes) -> None:
        if self._data is None or self._member is None:
            raise ValueError("data without a member")
        self._data.write(payload)
        self._spent += len(payload)
        if not untrusted.get("last"):
            return
        if not untrusted.get("lost"):
            self._data.close()
            self._member |= {"size": self._data.size, "sha256": self._data.ref.hash, "md5": self._data.md5}
            self.rows.blobs.append(self._data.ref)
            if self._trouble:
                self._lost(self._member, self._trouble)
                self._member["disposition"] = ""  # its bytes are here: it is read like any other
        self._keep(self._member)

    def _keep(self, member: dict[str, Any]) -> None:
        """A mailbox may have a million members: their budgets are set as they come."""
        if self._mailbox:
            share = max(0, self.work.budget - self.row["size"]) * max(0, member["size"]) // self.row["size"]
            member["budget"] = max(_MAIL_BUDGET, share)
        self._held.append(member)
        self._count += 1
        self._data = self._member = None

    def _end(self, untrusted: dict[str, Any]) -> None:
        given = untrusted.get("fields")
        fields: dict[str, Any] = dict(given) if isinstance(given, dict) else {}
        for name, (many, data) in self._fields.items():
            text = data.decode("utf-8", "replace")
            fields[name] = text.split("\0") if many else text
        cleaned, cut = clean_fields(fields)
        if cut:
            self._exception(
                ExceptionCode.PARTIAL, f"very long, so its end stands in the native alone: {', '.join(cut)}"
            )
        disposition = untrusted.get("disposition")
        self.row |= {
            "kind": str(untrusted.get("kind"))[:20],
            "mime": str(untrusted.get("mime"))[:100],
            "reader": str(untrusted.get("reader"))[:100],
            "disposition": Disposition(str(disposition)),
            "fields": json.dumps(cleaned, ensure_ascii=False, sort_keys=True),
        }
        for code, message in dict(untrusted.get("problems") or {}).items():
            self._exception(code if code in _KNOWN_CODES else ExceptionCode.CORRUPT, str(message)[:2000])
        self._ended = True

    def _need(self, untrusted: dict[str, Any]) -> None:
        """The reader cannot do without a program, or wants the file in another format."""
        self._end(dict(untrusted["end"]))
        self.target = str(untrusted.get("converts") or "")[:20]
        wanted = [str(name) for name in untrusted.get("programs") or [] if name in programs.KNOWN]
        if wanted:
            self._needs = {"programs": wanted}
            code = untrusted.get("code")
            message = f"{str(untrusted.get('message'))[:1000]}: it can be read with {programs.missing(wanted)}"
            self._unprocessable(ExceptionCode(code if code in _KNOWN_CODES else "UNSUPPORTED"), message)

    # -- the end -----------------------------------------------------------------------------------------

    def _finish(self, outcome: Outcome) -> None:
        if self.target and outcome.ok:
            return  # it waits for the converted file; that it has no text yet says nothing
        if self._data is not None and self._member is not None:  # cut short within a member
            self._data.abandon()
            self._lost(self._member, {"problem": "CORRUPT", "message": "only part of it could be read"})
            self._keep(self._member)
        if not self._ended or not outcome.ok:
            code = outcome.code if outcome.code in _KNOWN_CODES else ExceptionCode.CRASH
            self._unprocessable(ExceptionCode(code), outcome.message or "the reader ended without an answer")
        columns, blobs = self._text.close()
        self.rows.blobs += blobs
        self.row |= {**columns, "members": self._count}
        if not self._text.has_letters and self.row["disposition"] == Disposition.DOCUMENT and not self._is_mail():
            self._exception(ExceptionCode.EMPTY_TEXT, "no text was found in it")

    def _is_mail(self) -> bool:
        """A mail without a word in its body is still found by its header."""
        return self.row["kind"] in MAIL_KINDS

    def _forget(self) -> None:
        """Drop what the first try said; members already handed over keep their keys and come again."""
        self._text.abandon()
        if self._data is not None:
            self._data.abandon()
        lost = {member["key"] for member in self._held} | {self.work.key}
        self.rows.exceptions = [row for row in self.rows.exceptions if row["item"] not in lost]
        self._text, self._data, self._member = ItemText(self.bench.writer), None, None
        self._ended, self._spent, self._count, self._held, self._fields = False, 0, 0, [], {}
        self._needs, self.target = {}, ""

    def _share_budget(self) -> None:
        """Divide what an archive left of its budget among its members by their size.

        So the sum of all that ever comes out of one loose file is bounded, whatever the nesting, and each
        share depends on nothing but the file itself.
        """
        if self._mailbox:
            return
        left = max(0, self.work.budget - self._spent)
        total = sum(max(0, member["size"]) for member in self._held) or 1
        for member in self._held:
            member["budget"] = left * max(0, member["size"]) // total

    def _unprocessable(self, code: ExceptionCode, message: str, kind: str = "") -> None:
        self.row |= {"disposition": Disposition.UNPROCESSABLE}
        if kind:
            self.row["kind"] = kind
        self._exception(code, message)

    def _exception(self, code: str, message: str) -> None:
        for row in self.rows.exceptions:
            if row["item"] == self.work.key and row["code"] == code:
                return
        self.rows.exceptions.append(
            {
                "item": self.work.key,
                "stage": "read",
                "code": str(code),
                "message": message,
                "tool": self.row.get("reader", ""),
            }
        )


class NativeReading(ItemReading):
    """The reading of a file that stands for one row of a load file: what is inside it makes no items.

    What it holds has rows of its own there, or none at all; ``inside`` counts it.
    """

    inside = 0

    def _take(self, untrusted: dict[str, Any], payload: bytes) -> None:
        what = untrusted.get("t")
        if what == "member":
            self.inside += 1
        elif what != "data":
            super()._take(untrusted, payload)

    def _forget(self) -> None:
        super()._forget()
        self.inside = 0


def _twice(outcome: Outcome) -> Outcome:
    """The end of a second attempt, which was made alone in a fresh child; a bad one says so."""
    return outcome if outcome.ok else replace(outcome, message=f"{outcome.message}; tried twice, then set aside")


class SourceFails(Exception):
    """The system does not give a source's bytes."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


def shown_name(untrusted: object) -> str:
    """A member's name for display: no control characters, no way up, not endless."""
    text = str(untrusted or "").encode("utf-8", "replace").decode()
    text = "".join(c if c.isprintable() else "\ufffd" for c in text).replace("//", "/")
    return text.strip("/")[:400]


def clean_fields(untrusted: dict[str, Any]) -> tuple[dict[str, str | list[str]], list[str]]:
    """Fields as texts or lists of texts, without surrogates and NULs, of bounded length; and which were cut."""
    cleaned: dict[str, str | list[str]] = {}
    cut = []
    for key, value in untrusted.items():
        name = str(key)[:60]
        if isinstance(value, list):
            cleaned[name] = [_clean(one, _PART) for one in value[:_LONGEST]]
            whole = len(value) <= _LONGEST and all(len(str(one)) <= _PART for one in value)
        else:
            cleaned[name] = _clean(value, _LONGEST)
            whole = len(str(value)) <= _LONGEST
        if not whole:
            cut.append(name)
    return cleaned, cut


def _clean(value: object, cap: int) -> str:
    return str(value)[:cap].encode("utf-8", "replace").decode().replace("\0", "")
