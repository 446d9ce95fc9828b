"""One member of a ZIP that another format is wrapped in, handed over whole or with the reason why not."""

from __future__ import annotations

import zipfile

from tecum.hooks import Emit
from tecum.model import ExceptionCode
from tecum.processing.readers import streams


def hand_over(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, emit: Emit) -> None:
    """Give a member to ``emit`` under ``name``; one that breaks off goes as far as it can be had."""

    def failed(why: str) -> None:
        emit.problem(ExceptionCode.PARTIAL, f"{name} is cut short: {why}")

    try:
        source = archive.open(entry)
    except streams.DAMAGED as error:
        why = f"cannot be read: {error}"
        emit.member(name, None, declared_size=entry.file_size, problem=ExceptionCode.CORRUPT, message=why)
        return
    data, why = streams.taken(source, failed)
    problem = ExceptionCode.CORRUPT if why else ""
    emit.member(name, data, declared_size=entry.file_size, problem=problem, message=why)
