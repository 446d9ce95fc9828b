"""What runs in the sandbox: one LibreOffice converts one batch, and says of each file how it went."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from tecum.engine.office.kit import Kit, Refused

Send = Callable[[dict[str, Any], bytes], None]
_PIECE = 1 << 20  # bytes in one frame


def convert_batch(file: BinaryIO | None, args: dict[str, Any], send: Send) -> None:
    """Convert the files that lie one after the other in ``file`` (a sandbox task).

    ``args``: library (its path), files (a list of [bytes, extension, target, seconds]). Says ``started``; then of each
    file in turn: ``data`` messages with the result and ``done``; or ``lacks``, when the part of LibreOffice that
    writes the target is not installed; or ``refused``, with LibreOffice's words; or ``late`` when its seconds are
    over, which ends this process.
    """
    assert file is not None
    kit = Kit(args["library"], str(Path.cwd()))
    send({"t": "started"}, b"")
    for size, extension, target, seconds in args["files"]:
        _convert_one(kit, _copied(file, size, extension), target, seconds, send)


def _convert_one(kit: Kit, source: Path, target: str, seconds: float, send: Send) -> None:
    """Convert one file. It is alone in its folder: one that links to a neighbour finds none."""
    if not kit.writes(target):
        source.unlink()
        send({"t": "lacks"}, b"")
        return
    result = source.with_name(f"result.{target}")
    clock = threading.Timer(seconds, _late, (send,))
    clock.daemon = True
    clock.start()
    said: dict[str, Any] = {"t": "done"}
    try:
        kit.convert(source, result, target)
    except Refused as error:
        said = {"t": "refused", "message": str(error)[:500]}
    clock.cancel()
    clock.join()
    source.unlink()
    if said["t"] == "done":
        with result.open("rb") as converted:
            while piece := converted.read(_PIECE):
                send({"t": "data"}, piece)
    result.unlink(missing_ok=True)
    send(said, b"")


def _copied(file: BinaryIO, size: int, extension: str) -> Path:
    """Bring the next file out of the batch to a neutral name."""
    path = Path.cwd() / f"0001.{extension}"
    with path.open("wb") as copy:
        while size and (piece := file.read(min(size, _PIECE))):
            size -= copy.write(piece)
    return path


def _late(send: Send) -> None:
    """Say that a file takes too long, and end: LibreOffice cannot be stopped in any other way."""
    send({"t": "late"}, b"")
    os._exit(1)
