"""Make what no table row can say: archives in archives, messages in messages, and files that are broken."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from tecum.demo import wreckage
from tecum.demo.mails import Post
from tecum.demo.papers import Papers
from tecum.demo.pile import Pile, Thing, zipped
from tecum.demo.truth import EXCLUDED, UNPROCESSABLE, Facts
from tecum.demo.world import NOTICE, ZONE

NOON: Final = dt.time(12, 0, tzinfo=ZONE)


def register(papers: Papers, post: Post) -> None:
    """Make the attachments that are more than a paper, so that mail can carry them by key."""
    when = _noon(2017, 10, 16)
    facts = Facts(date=when, cases=("zip-in-eml",))
    papers.add("log-zip", zipped("q3.zip", [papers["log-csv"], papers["log-note"]], facts))
    table = wreckage.winmail("table")
    papers.add("winmail", _unreadable("winmail.dat", table, _noon(2017, 10, 5), "winmail", "UNSUPPORTED", "CORRUPT"))
    original = post.message(post.thread_row("siren-original"))
    papers.add("siren-mail", replace(original, name="Siren.eml"))


def place(pile: Pile, papers: Papers) -> None:
    """Lay the broken, the nested and the left-over into the custodians' folders."""
    _archives(pile, papers)
    broken = [
        ("chief/policies/old", _unreadable("General order 9.docx", wreckage.broken_office(papers["snow-plan"].data),
                                           _noon(2017, 3, 14), "corrupt-office", "CORRUPT")),
        ("records/releases", _unreadable("Release log 2016.pdf", wreckage.broken_pdf("release log"),
                                         _noon(2017, 2, 9), "corrupt-pdf", "CORRUPT")),
        ("liaison/reference", _unreadable("contact sheet.txt", b"", _noon(2017, 7, 3), "zero-bytes", "EMPTY_FILE")),
        ("liaison/reference", _unreadable("dictation 03.rvt", wreckage.desk_recorder(),
                                          _noon(2017, 9, 18), "unknown-binary", "UNSUPPORTED")),
        ("council/office", _unreadable("voice memo.mp3", wreckage.sound(), _noon(2017, 6, 20), "audio", "UNSUPPORTED")),
        ("works/office", _unreadable("setup_label_printer.exe", wreckage.program(),
                                     _noon(2017, 5, 24), "program", "UNSUPPORTED")),
    ]  # fmt: skip
    for folder, thing in broken:
        pile.place(folder, thing)
    left = Facts(disposition=EXCLUDED, date=_noon(2017, 8, 8), cases=("system-file",))
    pile.place("chief/policies", Thing("Thumbs.db", wreckage.thumbnails(), left))
    pile.place("mayor/press", Thing(".DS_Store", wreckage.finder(), left))
    pile.place("works/plans", Thing("Thumbs.db", wreckage.thumbnails(), left))


def _archives(pile: Pile, papers: Papers) -> None:
    """A backup that holds copies, an archive in an archive, and one whose member is read, but is damaged."""
    copies = [papers[key] for key in ("conditions", "agreement", "keys")]
    pile.place("records/backup", zipped("backup 2017-12.zip", copies, Facts(date=_noon(2017, 12, 15))))
    older = [
        _note("shift swap.txt", "Swapped the second for the ninth, both agreed.", 2017, 1, 9),
        _note("boat log.txt", "Boat out at six, back at nine, one oar lost.", 2017, 1, 10),
    ]
    inner = zipped("2015.zip", older, Facts(date=_noon(2017, 1, 11), cases=("nested-zip",)))
    outer = [inner, _note("contents.txt", "One older archive and this note.", 2017, 1, 12)]
    nested = Facts(date=_noon(2017, 1, 13), cases=("nested-zip",))
    pile.place("liaison/reference", zipped("old years.zip", outer, nested))
    _damaged(pile)


def _damaged(pile: Pile) -> None:
    case = ("damaged-member",)
    count = _note("cash count.txt", "Counted twice, short by four dollars, noted in the red book.", 2017, 5, 4)
    hurt = replace(count, facts=replace(count.facts, codes=("CORRUPT",), cases=case, units=()))
    kept = [
        _note("window hours.txt", "The window is open from nine to four.", 2017, 5, 3),
        hurt,
        _note("stamps.txt", "Two rolls left in the top drawer.", 2017, 5, 5),
    ]
    facts = Facts(date=_noon(2017, 5, 8), codes=("", "PARTIAL", "CORRUPT"), cases=case)
    whole = zipped("front office.zip", kept, facts)
    pile.place("council/office", replace(whole, data=wreckage.damaged_member(whole.data, hurt.data)))


def _note(name: str, words: str, year: int, month: int, day: int) -> Thing:
    text = f"{words}\n{NOTICE}\n"
    return Thing(name, text.encode(), Facts(date=_noon(year, month, day), units=(name, text)))


def _unreadable(name: str, data: bytes, when: dt.datetime, case: str, *codes: str) -> Thing:
    return Thing(name, data, Facts(disposition=UNPROCESSABLE, codes=codes, date=when, cases=(case,)))


def _noon(year: int, month: int, day: int) -> dt.datetime:
    return dt.datetime.combine(dt.date(year, month, day), NOON)
