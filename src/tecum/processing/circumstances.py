"""Under which circumstances a run read its files, for the ledger: versions, programs, limits, isolation that held."""

from __future__ import annotations

import functools
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from tecum.engine import programs
from tecum.engine.sandbox import Sandbox
from tecum.processing.rows import Options

READ = "read"  # the ledger's name of the act


def circumstances(options: Options) -> dict[str, Any]:
    """Return what a reader of the record must know to judge a run: plain values, no passwords and no paths of evidence.

    ``layers`` is what the sandbox's child says of itself (``Sandbox.layers``): True, or the reason why not.
    """
    return {
        "program": f"tecum {version('tecum')}",
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} ({platform.machine()})",
        "libraries": libraries(),
        "programs": {row["name"]: row["path"] for row in programs.survey()},
        "layers": layers(),
        "limits": {
            "seconds": options.seconds, "memory_mib": options.memory_mib, "depth": options.depth,
            "members": options.members, "ratio": options.ratio, "expand": options.expand,
            "passwords": len(options.passwords),
        },
    }  # fmt: skip


@functools.cache
def layers() -> dict[str, bool | str]:
    """The layers of isolation that hold for the children of this process: they depend on the system alone."""
    with Sandbox() as sandbox:
        return sandbox.layers


@functools.cache
def libraries() -> dict[str, str]:
    """The versions of the libraries that readers lean on, as the readers name them."""
    from tecum.processing.reading import readers

    found = {}
    for reader in readers().values():
        for name in re.findall(r"[A-Za-z][\w.-]*", reader.library):
            try:
                found[name] = version(name)
            except PackageNotFoundError:  # of the standard library
                continue
    return dict(sorted(found.items()))
