"""tecum: both sides of a demand for documents: answer it so that it stands up in court, or keep its docket.

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
    from tecum.verbs import Wanted as Wanted
    from tecum.verbs import Where as Where
    from tecum.verbs import answer as answer
    from tecum.verbs import blind_copies as blind_copies
    from tecum.verbs import check as check
    from tecum.verbs import custody as custody
    from tecum.verbs import demand_accept_calendar as demand_accept_calendar
    from tecum.verbs import demand_award as demand_award
    from tecum.verbs import demand_calendar as demand_calendar
    from tecum.verbs import demand_code as demand_code
    from tecum.verbs import demand_deficiencies as demand_deficiencies
    from tecum.verbs import demand_enter as demand_enter
    from tecum.verbs import demand_escalate as demand_escalate
    from tecum.verbs import demand_exchange as demand_exchange
    from tecum.verbs import demand_export as demand_export
    from tecum.verbs import demand_extend as demand_extend
    from tecum.verbs import demand_file as demand_file
    from tecum.verbs import demand_finding as demand_finding
    from tecum.verbs import demand_for as demand_for
    from tecum.verbs import demand_import as demand_import
    from tecum.verbs import demand_letter as demand_letter
    from tecum.verbs import demand_matter as demand_matter
    from tecum.verbs import demand_new as demand_new
    from tecum.verbs import demand_page as demand_page
    from tecum.verbs import demand_propose as demand_propose
    from tecum.verbs import demand_record as demand_record
    from tecum.verbs import demand_serve as demand_serve
    from tecum.verbs import demand_status as demand_status
    from tecum.verbs import docket_report as docket_report
    from tecum.verbs import doctor as doctor
    from tecum.verbs import documents as documents
    from tecum.verbs import exceptions as exceptions
    from tecum.verbs import ingest as ingest
    from tecum.verbs import init as init
    from tecum.verbs import items as items
    from tecum.verbs import languages as languages
    from tecum.verbs import near_duplicates as near_duplicates
    from tecum.verbs import open as open
    from tecum.verbs import plan_ingest as plan_ingest
    from tecum.verbs import produce as produce
    from tecum.verbs import program as program
    from tecum.verbs import receive as receive
    from tecum.verbs import register_numbers as register_numbers
    from tecum.verbs import release as release
    from tecum.verbs import report as report
    from tecum.verbs import retry as retry
    from tecum.verbs import search as search
    from tecum.verbs import search_table as search_table
    from tecum.verbs import second_opinion as second_opinion
    from tecum.verbs import status as status
    from tecum.verbs import terms_check as terms_check
    from tecum.verbs import terms_compare as terms_compare
    from tecum.verbs import terms_compare_paper as terms_compare_paper
    from tecum.verbs import terms_enter as terms_enter
    from tecum.verbs import terms_export as terms_export
    from tecum.verbs import terms_paper as terms_paper
    from tecum.verbs import terms_report as terms_report
    from tecum.verbs import terms_rounds as terms_rounds
    from tecum.verbs import threads as threads
    from tecum.verbs import verify as verify
    from tecum.verbs import versions as versions
    from tecum.verbs import waive as waive
    from tecum.verbs import widened as widened

_FROM = {"TecumError": "tecum.errors", "Matter": "tecum.matter"}

__all__ = [
    "Matter", "TecumError", "Wanted", "Where", "answer", "blind_copies", "check", "custody",
    "demand_accept_calendar", "demand_award", "demand_calendar", "demand_code", "demand_deficiencies",
    "demand_enter", "demand_escalate", "demand_exchange", "demand_export", "demand_extend", "demand_file",
    "demand_finding", "demand_for", "demand_import", "demand_letter", "demand_matter", "demand_new", "demand_page",
    "demand_propose", "demand_record", "demand_serve", "demand_status", "docket_report", "doctor", "documents",
    "exceptions", "ingest", "init", "items", "languages", "near_duplicates", "open", "plan_ingest", "produce",
    "program", "receive", "register_numbers", "release", "report", "retry", "search", "search_table",
    "second_opinion", "status", "terms_check", "terms_compare", "terms_compare_paper", "terms_enter", "terms_export",
    "terms_paper", "terms_report", "terms_rounds", "threads", "verify", "versions", "waive", "widened",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'tecum' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_FROM.get(name, "tecum.verbs")), name)
