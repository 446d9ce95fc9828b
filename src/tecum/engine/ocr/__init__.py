"""Pictures of words to words: engines behind one door, each with its name and version, each in a killable child.

A matter names its engine in the settings (``[processing] ocr``) and records version and data under ``[engine]``. A
machine with another version would read other words, so a run there stops; it never falls back.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from tecum.engine import programs
from tecum.engine.ocr import rapid, tesseract
from tecum.engine.ocr.words import DOUBTFUL, PageWords, Word, from_json, mean_confidence
from tecum.engine.sandbox import Limits, Sandbox
from tecum.errors import SettingsInvalid

__all__ = [
    "DOUBTFUL", "Engine", "PageWords", "Word", "changed", "chosen", "find", "from_json",
    "mean_confidence", "missing", "setup",
]  # fmt: skip

_DESCRIBE: Final = "tecum.engine.ocr.tasks:describe_task"
_RECOGNISE: Final = "tecum.engine.ocr.tasks:recognise_task"
_KEY: Final = "ocr"  # the first word of every key under [engine] that is ours


@dataclass(frozen=True)
class Engine:
    """An engine as this machine has it, as plain values for a worker."""

    name: str
    version: str
    languages: tuple[str, ...]
    data: Mapping[str, str]  # what else its words depend on: name to hash or version
    program: str = ""

    @property
    def shown(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"

    def recorded(self) -> dict[str, str]:
        """The keys under ``[engine]``."""
        return {_KEY: self.shown} | {f"{_KEY}_{name}": value for name, value in self.data.items() if value}

    def sandbox(self, seconds: float, memory_mib: int) -> Sandbox:
        """A child that may run this engine, ``seconds`` for each page."""
        neural = self.name == rapid.NAME
        found = programs.found([self.name] if self.program else [])
        return Sandbox(
            # The runtime of the models reserves far more address space than it uses.
            Limits(wall_s=seconds, cpu_s=seconds, s_per_mb=0, memory_mb=memory_mib, address_space=not neural),
            reads=[path for one in found for path in one.reads],
            programs=[one.path for one in found],
        )

    def args(self, kind: str, page: int, dpi: int, passwords: Sequence[str]) -> tuple[str, dict[str, Any]]:
        """The sandbox's task that recognises one page, and its arguments; its messages are pieces for ``from_json``."""
        args = {"engine": self.name, "program": self.program, "languages": list(self.languages)}
        return _RECOGNISE, {**args, "kind": kind, "page": page, "dpi": dpi, "passwords": list(passwords)}


def chosen() -> str:
    """Return the engine that a new matter names: tesseract where it is, else rapidocr where it is, else tesseract."""
    if programs.find(tesseract.NAME) is None and _has_rapidocr():
        return rapid.NAME
    return tesseract.NAME


def setup(name: str, languages: Sequence[str]) -> dict[str, str]:
    """Return what recognised words depend on, for ``[engine]``; nothing where this machine lacks the engine.

    Written into the matter once, at init or when the engine is first there.

    Raises:
        SettingsInvalid: as ``find``.
    """
    engine = find(name, languages)
    return engine.recorded() if engine is not None else {}


def find(name: str, languages: Sequence[str]) -> Engine | None:
    """Return the engine of this name as it is installed here; None where it is not.

    Raises:
        SettingsInvalid: when tesseract lacks the data of a language.
        SandboxFailed: when no isolated process can be started to ask it.
    """
    if name == rapid.NAME and _has_rapidocr():
        return Engine(name, rapid.version(), (), {"onnxruntime": rapid.runtime()})
    program = programs.find(name) if name == tesseract.NAME else None
    if program is None:
        return None
    path, said = str(program.path), dict[str, Any]()
    with Sandbox(Limits(), reads=program.reads, programs=[program.path]) as sandbox:
        args = {"program": path, "languages": list(languages)}
        sandbox.run(_DESCRIBE, None, args, lambda message, _: said.update(message))
        if not sandbox.outcome.ok:
            return None
    data = {str(key): str(value) for key, value in said["data"].items()}
    if lacking := [one for one in languages if not data.get(one)]:
        raise SettingsInvalid(
            f"[processing] ocr_languages: {tesseract.NAME} has no data for {', '.join(lacking)}",
            remedy=f"Install them ({', '.join(f'tesseract-ocr-{one}' for one in lacking)}), or correct the setting",
        )
    return Engine(name, str(said["version"]), tuple(languages), data, path)


def changed(recorded: Mapping[str, str], here: Mapping[str, str]) -> str:
    """Return how this machine's engine differs from the recorded one, "" where it does not.

    ``recorded`` are the keys under ``[engine]``, ``here`` is what ``setup`` says. A language that was not recorded
    before is no change.
    """
    if _KEY not in recorded:
        return ""
    for name, value in here.items():
        if recorded.get(name, value) != value:
            return f"{name} was {recorded[name]} when this matter began to use it and is {value} here"
    return "" if here else f"{recorded[_KEY]} recognised words in this matter and is not on this machine"


def missing(name: str) -> str:
    """Say what to install so that the engine is there."""
    return programs.missing([name]) if name == tesseract.NAME else "rapidocr (pip install 'tecum[ocr]')"


def _has_rapidocr() -> bool:
    with suppress(ImportError):
        return importlib.util.find_spec(rapid.NAME) is not None and bool(rapid.version() and rapid.runtime())
    return False
