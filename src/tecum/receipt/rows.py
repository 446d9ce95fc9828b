"""The rows of a received load file under the catalogue's names, whatever its vendor called the columns."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO

from tecum.fields import CATALOGUE, PROFILES, FieldType, Profile, key_of, squeezed
from tecum.loadfile import Anomaly, DatReader, DatRow
from tecum.receipt.columns import infer_keys
from tecum.receipt.dates import DateStyle, sniff_style
from tecum.receipt.inspection import Inspector

SAMPLE_ROWS = 1_000
LINKS = ("NATIVELINK", "TEXTLINK", "PDFLINK", "IMAGELINK", "REDACTEDIMAGE", "REDACTEDTEXT")

_RELATIVE_FILE = re.compile(r"(?![\\/]|[A-Za-z]:).+\.[A-Za-z0-9]{1,5}")


@dataclass(frozen=True)
class Record:
    """One row: ``values`` by catalogue key (only non-blank), ``extra`` by unknown header.

    ``broken`` rows lost their columns (P03): only their begin number may be used.
    """

    line: int
    values: dict[str, str]
    extra: dict[str, str] = field(default_factory=dict)
    broken: bool = False

    def get(self, key: str) -> str:
        """Return a value, "" when blank."""
        return self.values.get(key, "")


@dataclass
class Rows:
    """The rows of one load file; iterate once. ``anomalies`` and ``assumed`` grow meanwhile.

    ``keys`` are the fields that have a column, ``styles`` the date columns' styles, ``profile`` ours when
    the header is that of one of our profiles, ``inline_text`` whether the text stands in the row itself.
    """

    file: BinaryIO
    anomalies: list[Anomaly] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    keys: frozenset[str] = frozenset()
    styles: dict[str, DateStyle] = field(default_factory=dict)
    profile: Profile | None = None
    has_header: bool = True
    inline_text: bool = False

    def __post_init__(self) -> None:
        sample_reader = DatReader(self.file)
        sample = list(islice(sample_reader, SAMPLE_ROWS))
        self.has_header = bool(sample_reader.columns)
        self._dialect = sample_reader.dialect
        self._names = sample_reader.columns or [f"column {n + 1}" for n in range(sample_reader.width)]
        keys = [key_of(name) for name in self._names] if self.has_header else infer_keys(sample, sample_reader.width)
        self._keys = _settled(self._names, keys, sample)
        self._places: dict[str, list[int]] = {}
        for place, key in enumerate(self._keys):
            if key:
                self._places.setdefault(key, []).append(place)
        self.keys = frozenset(self._places)
        self.profile = _profile_of(sample_reader.columns)
        self._disagreeing: dict[str, int] = {}
        self._filled = [False] * len(self._names)
        self._learn(sample)

    def _learn(self, sample: Sequence[DatRow]) -> None:
        """Take from the first rows what needs many values to be known."""
        for key in self.keys:
            if CATALOGUE[key].type is FieldType.DATE:
                style = sniff_style(self._value(row, key) for row in sample)
                if style:
                    self.styles[key] = style
        texts = [value for row in sample if (value := self._value(row, "TEXTLINK"))]
        self.inline_text = sum(value.casefold().endswith(".txt") for value in texts) * 2 < len(texts)
        for name, settled in zip(self._names, self._keys, strict=True):
            if settled and self.has_header and key_of(name) != settled:
                self.assumed.append(f"column {name!r} is read as {settled}")
        if not self.has_header:
            told = ", ".join(f"{place + 1} = {key}" for place, key in enumerate(self._keys) if key)
            self.assumed.append(f"columns told by their content: {told or 'none'}")
        if self.styles:
            told = ", ".join(f"{key} {style}" for key, style in sorted(self.styles.items()))
            self.assumed.append(f"dates: {told}")
        if any(value.startswith((".\\", "./")) for row in sample for value in row.values):
            self.assumed.append("paths begin with '.\\', taken as the load file's folder or the volume's root")

    def _value(self, row: DatRow, key: str) -> str:
        """Return the first non-blank value among the columns of a key."""
        return next((value for place in self._places.get(key, ()) if (value := row.values[place].strip())), "")

    def __iter__(self) -> Iterator[Record]:
        reader = DatReader(self.file, header=self.has_header, dialect=self._dialect)
        for row in reader:
            self.anomalies += reader.anomalies
            reader.anomalies.clear()
            yield self._record(row)
        self.anomalies += reader.anomalies
        self.assumed = [*reader.assumed, *self.assumed, *self._told_afterwards()]

    def _record(self, row: DatRow) -> Record:
        values: dict[str, str] = {}
        extra: dict[str, str] = {}
        for place, (key, raw) in enumerate(zip(self._keys, row.values, strict=True)):
            value = raw.strip()
            if not value:
                continue
            self._filled[place] = True
            if key is None:
                extra[self._names[place]] = value
            elif key not in values:
                values[key] = value
            elif values[key] != value and not row.broken:
                self._disagreeing[key] = self._disagreeing.get(key, 0) + 1
        return Record(row.line, values, extra, row.broken)

    def _told_afterwards(self) -> list[str]:
        told = []
        for key, places in self._places.items():
            if len(places) > 1:
                names = " and ".join(repr(self._names[place]) for place in places)
                count = self._disagreeing.get(key, 0)
                apart = f"they disagree in {count} rows" if count else "they never disagree"
                told.append(f"columns {names} mean {key}: the first filled is taken; {apart}")
        unknown = [place for place, key in enumerate(self._keys) if key is None]
        if unknown and self.has_header:
            names = ", ".join(
                f"{self._names[place]!r}{'' if self._filled[place] else ' (empty in every row)'}" for place in unknown
            )
            told.append(f"columns with unknown names, carried as they are: {names}")
        return told


def _settled(names: Sequence[str], keys: Sequence[str | None], sample: Sequence[DatRow]) -> list[str | None]:
    """Decide between columns that claim one meaning."""
    settled = list(keys)
    begins = [place for place, key in enumerate(settled) if key == "BEGBATES"]
    if len(begins) > 1:  # a control number beside a Bates number is not the Bates number
        chosen = next((place for place in begins if "bates" in squeezed(names[place])), begins[0])
        for place in begins:
            if place != chosen:
                settled[place] = "CONTROLNO"
    if not any(key in LINKS for key in settled):
        for place, key in enumerate(settled):
            paths = [row.values[place] for row in sample if row.values[place].strip()]
            if key == "PATH" and paths and all(_RELATIVE_FILE.fullmatch(path.strip()) for path in paths):
                settled[place] = "NATIVELINK"  # the only path there is, and it has the form of one in the volume
                break
    return settled


def _profile_of(columns: Sequence[str]) -> Profile | None:
    """Return our profile whose header this is, allowing for lost columns."""
    for profile in PROFILES.values():
        shared = len(set(profile.headers).intersection(columns))
        if shared * 4 >= len(profile.headers) * 3:
            return profile
    return None


class EdrmRows:
    """The documents of an EDRM XML file as rows; read in the sandbox, held in a temporary file."""

    def __init__(self, path: Path, inspector: Inspector) -> None:
        self.anomalies: list[Anomaly] = []
        self.assumed = ["EDRM XML"]
        self.styles: dict[str, DateStyle] = {}
        self.profile: Profile | None = None
        self.has_header = True
        self.inline_text = False
        self._parents: dict[str, str] = {}
        self._spool: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - see close
        self._keys: set[str] = {"BEGBATES"}
        self._hashes = [0, 0]  # natives, of them without a hash
        samples: dict[str, list[str]] = {}
        inspector.edrm(path, lambda message: self._take(message, samples))
        for key, values in samples.items():
            if style := sniff_style(values):
                self.styles[key] = style
        if self._parents:
            self._keys.add("PARENT_BATES")
        self.keys = frozenset(self._keys)
        if self._hashes[1]:
            self.assumed.append(f"Hash is empty on {self._hashes[1]} of {self._hashes[0]} natives")

    def _take(self, message: Mapping[str, Any], samples: dict[str, list[str]]) -> None:
        if "anomaly" in message:
            self.anomalies.append(Anomaly(*message["anomaly"]))
            return
        if "relation" in message:
            _, parent, child = message["relation"]
            self._parents[child] = parent
            return
        values, extra = _edrm_values(message)
        for kind, _, _, untrusted_hash in message["files"]:
            if kind.casefold() == "native":
                self._hashes[0] += 1
                self._hashes[1] += not untrusted_hash
        self._keys.update(values)
        for key, value in values.items():
            if CATALOGUE[key].type is FieldType.DATE and len(samples.setdefault(key, [])) < SAMPLE_ROWS:
                samples[key].append(value)
        json.dump([message["line"], values, extra], self._spool)
        self._spool.write("\n")

    def __iter__(self) -> Iterator[Record]:
        self._spool.seek(0)
        for row in self._spool:
            line, values, extra = json.loads(row)
            if parent := self._parents.get(values.get("BEGBATES", "")):
                values["PARENT_BATES"] = parent
            yield Record(line, values, extra)

    def close(self) -> None:
        """Remove the temporary file."""
        self._spool.close()


_EDRM_LINKS = {"native": "NATIVELINK", "text": "TEXTLINK", "image": "IMAGELINK"}
_HASHES = {32: "MD5HASH", 40: "SHA1", 64: "SHA256"}


def _edrm_values(message: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    values: dict[str, str] = {"BEGBATES": message["id"]} if message["id"] else {}
    extra: dict[str, str] = {}
    for name, value in message["tags"].items():
        key = key_of(name)
        if value.strip():
            (values if key else extra).setdefault(key or name, value.strip())
    for kind, path, size, digest in message["files"]:
        link = _EDRM_LINKS.get(kind.casefold())
        if link is None or not path:
            continue
        values[link] = f"{values[link]};{path}" if link in values else path
        if link == "NATIVELINK":
            if size:
                values["FILESIZE"] = size
            if len(digest) in _HASHES:
                values[_HASHES[len(digest)]] = digest
    return values, extra


@contextmanager
def read_rows(path: Path, inspector: Inspector | None = None) -> Iterator[Rows | EdrmRows]:
    """Open a load file (DAT, CSV or EDRM XML) for taking its documents in.

    Iterate over what is given for :class:`Record` s; ``anomalies`` and ``assumed`` are complete afterwards.
    EDRM XML is parsed in the sandbox of ``inspector`` (made when needed).

    Raises:
        SandboxFailed: when EDRM XML is to be read and no sandbox can be started.
    """
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        head = file.read(4096).replace(b"\0", b"")
        if b"<Root" in head or b"<Batch" in head:
            yield stack.enter_context(closing(EdrmRows(path, inspector or stack.enter_context(Inspector()))))
        else:
            yield Rows(file)
