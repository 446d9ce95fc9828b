"""Read one file by itself, in the sandbox: what it is, its fields and its text; nothing enters the matter."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tecum.engine.sandbox import Sandbox
from tecum.errors import SourceMissing

_BUDGET = 64 << 20  # bytes that its members may take; they are not kept
_MEMBERS = 10_000
_TEXT = 16 << 20  # bytes of its text that are kept


@dataclass
class Single:
    """What a reader said of a file; everything in it is the file's own word. ``members`` are names."""

    kind: str = ""
    disposition: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    members: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)


def read_single(path: Path, sandbox: Sandbox) -> Single:
    """Read a file.

    Raises:
        SourceMissing: when it is not there. SandboxFailed.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise SourceMissing(f"{path} cannot be read: {error.strerror}", path=path) from None
    found = Single()
    text = bytearray()

    def take(untrusted: dict[str, Any], payload: bytes) -> None:
        if untrusted.get("t") in ("text", "end"):
            text.extend(payload[: _TEXT - len(text)])
        if untrusted.get("t") == "member" and len(found.members) < _MEMBERS:
            found.members.append(str(untrusted.get("name", "")))
        if untrusted.get("t") == "needs":
            found.kind, found.disposition = str(dict(untrusted["end"]).get("kind", "")), "unprocessable"
            found.problems["UNSUPPORTED"] = "a file of this kind is read only as part of a matter"
        if untrusted.get("t") == "end":
            found.kind, found.disposition = str(untrusted.get("kind", "")), str(untrusted.get("disposition", ""))
            fields, problems = untrusted.get("fields"), untrusted.get("problems")
            found.fields = dict(fields) if isinstance(fields, dict) else {}
            found.problems = {str(k): str(v) for k, v in problems.items()} if isinstance(problems, dict) else {}

    args = {"name": path.name, "size": size, "kind": "", "charset": "", "passwords": [], "budget": _BUDGET,
            "members": _MEMBERS, "programs": {}, "converted": False}  # fmt: skip
    outcome = sandbox.run("tecum.processing.reading:read_item", path, args, take)
    if not outcome.ok:
        found.disposition = "unprocessable"
        found.problems[outcome.code] = outcome.message
    found.text = text.decode("utf-8", "replace")
    return found
