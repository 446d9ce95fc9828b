"""Stands in for LibreOffice in tests: does what a file's words say, with the same messages."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any, BinaryIO


def convert_batch(file: BinaryIO | None, args: dict[str, Any], send: Callable[[dict[str, Any], bytes], None]) -> None:
    """Convert by the first word of each file: hang, crash, grow, refuse, half (dies amid its result), late."""
    assert file is not None
    if args["library"].endswith("broken"):
        os._exit(3)
    send({"t": "started"}, b"")
    for size, _, target, _ in args["files"]:
        data = file.read(size)
        word = data.split()[0].decode()
        if word == "hang":
            time.sleep(60)
        elif word == "crash":
            os.kill(os.getpid(), signal.SIGABRT)
        elif word == "grow":
            kept = [bytearray(8 << 20) for _ in range(200)]
            kept[0][0] = 1
        elif word == "late":
            send({"t": "late"}, b"")
            os._exit(1)
        elif word == "refuse":
            send({"t": "refused", "message": "no such format"}, b"")
            continue
        elif word == "lack":
            send({"t": "lacks"}, b"")
            continue
        send({"t": "data"}, target.encode() + b":" + data)
        if word == "half":
            os._exit(1)
        send({"t": "done"}, b"")
