"""What goes wrong on the way: a made-up recipient's volume as it arrives, each fault put in by hand, byte by byte."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

_QUALIFIER, _SEPARATOR = "\u00fe", "\u0014"


class Delivered:
    """A copy of a volume that may be spoilt. Faults that are no fault of files change nothing here."""

    def __init__(self, sealed: Path, to: Path) -> None:
        shutil.copytree(sealed, to)
        for path in (to, *to.rglob("*")):
            path.chmod(path.stat().st_mode | stat.S_IWUSR)
        self.folder = to
        self._dat = next((to / "DATA").glob("*.DAT"))
        head, *rows = self._dat.read_text("utf-8-sig").splitlines()
        self._columns = _split(head)
        self._rows = [dict(zip(self._columns, _split(row), strict=True)) for row in rows]

    def spoil(self, fault: str, request: str) -> None:
        """Put a fault in the document that answers a request."""
        row = next(one for one in self._rows if one["REQUESTNO"] == request)
        match fault:
            case "range gap":
                for column in ("PDFLINK", "TEXTLINK", "NATIVELINK"):
                    if row.get(column):
                        self._path(row, column).unlink()
                self._rows.remove(row)
            case "missing native":
                self._path(self._native(), "NATIVELINK").unlink()
            case "wrong field":
                native = self._native()
                native["FILESIZE"] = str(int(native["FILESIZE"] or 0) + 7)
            case "empty text":
                self._path(row, "TEXTLINK").write_bytes(b"")
            case "unsearchable scan":
                self._path(row, "TEXTLINK").write_bytes(b"")
                _photograph(self._path(row, "PDFLINK"))
            case _:
                return
        (self.folder / "MANIFEST.csv").unlink(missing_ok=True)  # a careless sender has none
        lines = [self._columns, *([row[name] for name in self._columns] for row in self._rows)]
        text = "".join(_SEPARATOR.join(f"{_QUALIFIER}{cell}{_QUALIFIER}" for cell in line) + "\r\n" for line in lines)
        self._dat.write_bytes(b"\xef\xbb\xbf" + text.encode())

    def _native(self) -> dict[str, str]:
        return next(one for one in self._rows if one.get("NATIVELINK"))

    def _path(self, row: dict[str, str], column: str) -> Path:
        return self.folder / row[column].replace("\\", "/").removeprefix("./")


def _split(line: str) -> list[str]:
    return [cell.strip(_QUALIFIER) for cell in line.split(_SEPARATOR)]


def _photograph(path: Path) -> None:
    """Turn a PDF's pages into pictures of themselves."""
    import pypdfium2

    with pypdfium2.PdfDocument(path.read_bytes()) as document:
        pages = [page.render(scale=2).to_pil().convert("L") for page in document]
    pages[0].save(path, "PDF", save_all=True, append_images=pages[1:], resolution=144)
