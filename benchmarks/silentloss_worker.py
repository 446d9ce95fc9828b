"""One program's worker of ``silentloss.py``: a path in, its text out; run with the interpreter that has the program."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

Answer = tuple[str, bool]  # the text, and whether LibreOffice had a part in it


def kreuzberg() -> Callable[[str], Answer]:
    from kreuzberg import extract_file_sync

    return lambda path: (extract_file_sync(path).content, False)


def extractous() -> Callable[[str], Answer]:
    from extractous import Extractor

    extractor = Extractor().set_extract_string_max_length(1 << 30)
    return lambda path: (extractor.extract_file_to_string(path)[0], False)


def markitdown() -> Callable[[str], Answer]:
    from markitdown import MarkItDown

    machine = MarkItDown()
    return lambda path: (machine.convert(path).text_content, False)


def tecum() -> Callable[[str], Answer]:
    """The product's own path: sandbox, blobs and rows; an item that is unprocessable counts as an error."""
    from tecum.engine.blobs import Blobs
    from tecum.processing.collect import modified
    from tecum.processing.extract import Bench
    from tecum.processing.rows import Options, Rows, Work

    folder = tempfile.mkdtemp()
    blobs = Path(folder, "blobs")
    blobs.mkdir()
    bench = Bench(Options(str(blobs), 60, 1536, 20, 100_000, 200, 2048 << 20))
    held = Blobs(blobs)
    converted = 0

    def convert(waiting: list[object]) -> object:
        nonlocal converted
        converted += len(waiting)
        return Bench.convert(bench, waiting)  # type: ignore[arg-type]

    bench.convert = convert  # type: ignore[assignment, method-assign]

    def read(path: str) -> Answer:
        nonlocal converted
        converted = 0
        file = Path(path)
        found = file.stat()
        start = Work(
            "0", 1, 0, b"f", file.name, file.name, found.st_size, modified(found), {}, 2048 << 20, str(file),
            bytes(file),
        )  # fmt: skip
        parts: list[str] = []
        errors: list[str] = []
        waiting = [start]
        while waiting:
            batch, waiting = waiting[:200], waiting[200:]
            refs, rows = {}, Rows()
            for some in bench.run(batch):
                refs |= {ref.hash: ref for ref in some.blobs}
                rows.items += some.items
                rows.members += some.members
                rows.exceptions += some.exceptions
            for row in rows.items:
                if text := row.get("text"):
                    parts.append(_bytes(held.open(refs[text])).decode("utf-8"))
                parts += _header(row.get("fields", "{}"))
                if row["key"] == "0" and row["disposition"] == "unprocessable":
                    errors = [f"{one['code']}: {one['message']}" for one in rows.exceptions if one["item"] == "0"]
            waiting += [_member(row, refs) for row in rows.members if row["sha256"]]
        if errors and not any(part.strip() for part in parts):
            raise RuntimeError("; ".join(errors))
        return "\n".join(parts), converted > 0

    def _member(row: dict[str, object], refs: dict[str, object]) -> Work:
        return Work(
            str(row["key"]), 1, int(str(row["depth"])), bytes(row["sort"]), str(row["path"]), str(row["name"]),  # type: ignore[arg-type]
            int(str(row["size"])), "", json.loads(str(row["outside"])), int(str(row["budget"])),
            blob=refs[str(row["sha256"])],  # type: ignore[arg-type]
        )  # fmt: skip

    return read


def _header(fields: str) -> list[str]:
    """Header and properties that are fields here, and that the others print as text."""
    said = json.loads(fields)
    names = ("subject", "from", "to", "cc", "sent_header", "newsgroups", "message_id", "title", "author")
    values = [said[name] for name in names if said.get(name)]
    return [", ".join(value) if isinstance(value, list) else str(value) for value in values]


def _bytes(held: bytes | Path) -> bytes:
    return held if isinstance(held, bytes) else held.read_bytes()


def main() -> None:
    program, out = sys.argv[1], Path(sys.argv[2])
    read = {"kreuzberg": kreuzberg, "extractous": extractous, "markitdown": markitdown, "tecum": tecum}[program]()
    answers = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115 - libraries that print must not disturb it
    sys.stdout = sys.stderr
    print("ready", file=answers)
    for line in sys.stdin:
        try:
            text, office = read(json.loads(line))
            (out / f"{program}.txt").write_text(text, encoding="utf-8", errors="replace")
            said = {"ok": True, "office": office}
        except Exception as error:
            said = {"ok": False, "error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps(said), file=answers)


if __name__ == "__main__":
    main()
