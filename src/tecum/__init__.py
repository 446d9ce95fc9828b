"""tecum: answer a demand for documents so that it stands up in court, and check what others answered.

The verbs are functions with the matter as their first argument::

    import tecum
    with tecum.open("riverton") as matter:
        print(tecum.search(matter, "immigration w/10 status")["documents"])

They are loaded at first use, so that ``import tecum`` and ``tecum --help`` stay quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tecum.errors import TecumError as TecumError
    from tecum.matter import Matter as Matter
    from tecum.verbs import answer as answer
    from tecum.verbs import check as check
    from tecum.verbs import custody as custody
    from tecum.verbs import doctor as doctor
    from tecum.verbs import documents as documents
    from tecum.verbs import exceptions as exceptions
    from tecum.verbs import ingest as ingest
    from tecum.verbs import init as init
    from tecum.verbs import items as items
    from tecum.verbs import open as open
    from tecum.verbs import plan_ingest as plan_ingest
    from tecum.verbs import produce as produce
    from tecum.verbs import program as program
    from tecum.verbs import register_numbers as register_numbers
    from tecum.verbs import release as release
    from tecum.verbs import report as report
    from tecum.verbs import retry as retry
    from tecum.verbs import search as search
    from tecum.verbs import status as status
    from tecum.verbs import terms_check as terms_check
    from tecum.verbs import terms_report as terms_report
    from tecum.verbs import verify as verify

_FROM = {"TecumError": "tecum.errors", "Matter": "tecum.matter"}

__all__ = [
    "Matter", "TecumError", "answer", "check", "custody", "doctor", "documents", "exceptions", "ingest", "init",
    "items", "open", "plan_ingest", "produce", "program", "register_numbers", "release", "report", "retry", "search",
    "status", "terms_check", "terms_report", "verify",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'tecum' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_FROM.get(name, "tecum.verbs")), name)
