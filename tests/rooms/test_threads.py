"""Threads: what belongs together, how that is known, that order does not matter, and that nothing grows by squares."""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piles import mail, matter_of, mbox, write
from tecum import verbs
from tecum.analysis import duplicates, messages, study, threads
from tecum.analysis.forest import Forest, Tie
from tecum.analysis.linking import link
from tecum.analysis.mails import Head, Words
from tecum.analysis.quoting import Segment
from tecum.matter import Matter

pytestmark = pytest.mark.usefixtures("one_day")
ANN, BOB, CYD = "Ann Poe <ann@town.example>", "Bob Roe <bob@town.example>", "Cyd Low <cyd@town.example>"
FIRST = "The culvert on Mill Road has collapsed and the road must be closed before the evening.\r\n"
SECOND = "Please close it at once and tell the school about the buses that pass there.\r\n"


@pytest.fixture
def matter(tmp_path: Path) -> Iterator[Matter]:
    with matter_of(tmp_path / "matter") as made:
        yield made


def at(day: int, hour: int = 9, minute: int = 26) -> str:
    return f"{day} Mar 2017 {hour:02d}:{minute:02d}:53 -0500"


def quoted(text: str, author: str = "", when: str = "") -> str:
    head = f"On {when}, {author} wrote:\r\n" if author else ""
    return "\r\n" + head + "".join(f"> {line}\r\n" for line in text.rstrip("\r\n").split("\r\n"))


def original(text: str, author: str, when: str, subject: str = "Culvert") -> str:
    return (
        f"\r\n-----Original Message-----\r\nFrom: {author}\r\nSent: {when}\r\nTo: x\r\nSubject: {subject}\r\n\r\n{text}"
    )


def formed(matter: Matter, files: dict[str, bytes], folder: str = "pile") -> dict[str, dict[str, Any]]:
    """Take files in and form threads; the rows by name of file."""
    pile = write(matter.folder.parent / folder, files)
    verbs.ingest(matter, [("ann", pile)])
    return again(matter)


def again(matter: Matter) -> dict[str, dict[str, Any]]:
    duplicates.run(matter)
    study.run(matter)
    threads.run(matter)
    named = {row["control"]: row["path"] for row in verbs.documents(matter)}
    rows = list(threads.listing(matter))
    for row in rows:
        for key in ("control", "answers", "contained_in", "spare_of", "thread"):
            row[key] = named.get(row[key], "")
    return {row["control"]: row for row in rows}


def together(rows: dict[str, dict[str, Any]]) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for name, row in rows.items():
        groups.setdefault(row["thread"], set()).add(name)
    return {frozenset(group) for group in groups.values()}


# -- headers ---------------------------------------------------------------------------------------------


def test_headers_index_quotation_and_subject_each_leave_their_evidence(matter: Matter) -> None:
    guid = b"\1\1\xd2\x9c\xf0\x5e" + bytes(range(16))
    index = [base64.b64encode(guid + b"\x80abcd" * n).decode() for n in range(2)]
    files = {
        "a0.eml": mail("Culvert", FIRST, date=at(1), message_id="<a0@x>"),
        "a1.eml": mail("Re: Culvert", "Yes.\r\n", date=at(2), message_id="<a1@x>", extra=[("In-Reply-To", "<a0@x>")]),
        "a2.eml": mail(
            "Re: Culvert", "No.\r\n", date=at(3), message_id="<a2@x>", extra=[("References", "<a0@x> <gone@x>")]
        ),
        "b0.eml": mail("Budget", "Numbers.\r\n", date=at(1), message_id=None, extra=[("Thread-Index", index[0])]),
        "b1.eml": mail("Numbers", "Fine.\r\n", date=at(2), message_id=None, extra=[("Thread-Index", index[1])]),
        "c0.eml": mail("School", SECOND, date=at(1), message_id=None, sender=BOB, to=ANN),
        "c1.eml": mail(
            "AW: Buses",
            "Done.\r\n" + original(SECOND, "Bob Roe", "March 1, 2017 9:26 AM"),
            date=at(2),
            message_id=None,
            sender=ANN,
            to=BOB,
        ),
        "d0.eml": mail("Picnic day", "Bring salad.\r\n", date=at(1), message_id=None),
        "d1.eml": mail("Re: Picnic day", "Will do.\r\n", date=at(2), message_id=None, sender=BOB, to=ANN),
        "e0.eml": mail(
            "Picnic day",
            "Another town, another picnic.\r\n",
            date=at(2),
            message_id=None,
            sender="eve@other.example",
            to="f@other.example",
        ),
    }
    rows = formed(matter, files)
    assert together(rows) == {
        frozenset({"a0.eml", "a1.eml", "a2.eml"}),
        frozenset({"b0.eml", "b1.eml"}),
        frozenset({"c0.eml", "c1.eml"}),
        frozenset({"d0.eml", "d1.eml"}),
        frozenset({"e0.eml"}),
    }
    evidence = {name: (row["answers"], row["evidence"]) for name, row in rows.items() if row["evidence"]}
    assert evidence == {
        "a1.eml": ("a0.eml", "header"),
        "a2.eml": ("a0.eml", "header"),
        "b1.eml": ("b0.eml", "index"),
        "c1.eml": ("c0.eml", "quoted"),
        "d1.eml": ("d0.eml", "subject"),
    }
    assert "<gone@x>" in rows["a2.eml"]["detail"], "that an answer between them is not here is told"
    assert rows["d1.eml"]["detail"] == "picnic day; ann@town.example"
    assert [row["position"] for row in rows.values() if row["thread"] == "a0.eml"] == [0, 1, 2]


def test_a_missing_first_message_keeps_its_answers_together(matter: Matter) -> None:
    files = {
        f"{n}.eml": mail(
            "Re: x", f"Answer {n}.\r\n", date=at(n), message_id=f"<{n}@x>", extra=[("References", "<gone@x>")]
        )
        for n in (1, 2, 3)
    }
    rows = formed(matter, files)
    assert together(rows) == {frozenset(files)}
    assert {row["answers"] for row in rows.values()} == {""}
    assert {row["evidence"] for row in rows.values()} == {"header"}


def test_cycles_and_repeated_ids_lose_nobody(matter: Matter) -> None:
    def one(n: int, *, to: int, name: int | None = None) -> bytes:
        answers = [("References", f"<{to}@x>")]
        return mail(f"s{n}", f"Text {n}.\r\n", date=at(n), message_id=f"<{name or n}@x>", extra=answers)

    files = {
        "1.eml": one(1, to=3),
        "2.eml": one(2, to=1),
        "3.eml": one(3, to=2),
        "4.eml": one(4, to=4),
        "5.eml": mail("same", "First text under this id.\r\n", date=at(5), message_id="<5@x>"),
        "6.eml": mail("same", "Second text under this id.\r\n", date=at(6), message_id="<5@x>"),
        "7.eml": mail("scanner", "Third text under this id.\r\n", date=at(7), message_id="<5@x>"),
        "8.eml": mail("Re: same", "An answer.\r\n", date=at(8), message_id="<8@x>", extra=[("In-Reply-To", "<5@x>")]),
    }
    rows = formed(matter, files)
    assert together(rows) == {
        frozenset({"1.eml", "2.eml", "3.eml"}),
        frozenset({"4.eml"}),
        frozenset({"5.eml", "6.eml", "8.eml"}),
        frozenset({"7.eml"}),
    }
    assert (rows["6.eml"]["answers"], rows["6.eml"]["evidence"]) == ("5.eml", "same id")
    assert rows["8.eml"]["answers"] == "5.eml"


def test_a_quotation_speaks_only_for_whom_it_can_be(matter: Matter) -> None:
    """Not another author's, not another minute's, not a few letters alone."""
    rows = formed(
        matter,
        {
            "first.eml": mail("a", FIRST, date=at(1), message_id=None, sender=ANN, to=BOB),
            "other.eml": mail(
                "b",
                "No.\r\n" + original(FIRST, "Eve Doe", "March 1, 2017 9:26 AM"),
                date=at(2),
                message_id=None,
                sender=CYD,
                to="z@x",
            ),
            "minute.eml": mail(
                "c",
                "No.\r\n" + original(FIRST, "Ann Poe", "March 1, 2017 9:33 AM"),
                date=at(2),
                message_id=None,
                sender=CYD,
                to="z@x",
            ),
            "short.eml": mail("d", "Thanks.\r\n", date=at(1), message_id=None, sender=CYD, to=BOB),
            "shorter.eml": mail(
                "e", "Yes.\r\n" + quoted("Thanks."), date=at(2), message_id=None, sender="q@x", to="z@x"
            ),
            "before.eml": mail(
                "f", "Old.\r\n" + quoted(FIRST), date="1 Feb 2017 10:00 -0500", message_id=None, sender="q@x", to="z@x"
            ),
        },
    )
    # Three quote a text that, as two of them tell it and the third must have had it, is not Ann's mail.
    assert {row["answers"] for row in rows.values()} == {""}
    assert [name for name, row in rows.items() if row["thread"] == rows["first.eml"]["thread"]] == ["first.eml"]
    assert len({rows["short.eml"]["thread"], rows["shorter.eml"]["thread"]}) == 2


def test_parts_headings_and_missing_originals(matter: Matter) -> None:
    long = FIRST + SECOND + "The council meets on Thursday at seven in the old hall, and the plan is on the table.\r\n"
    rows = formed(
        matter,
        {
            "a0.eml": mail("Plan", long, date=at(1), message_id=None, sender=ANN, to=BOB),
            "a1.eml": mail(
                "Re: Plan",
                quoted(SECOND) + "\r\nWhich school?\r\n",
                date=at(2),
                message_id=None,
                sender="q@x",
                to="z@x",
            ),
            "b0.eml": mail("Wall", "The wall is wet.\r\n", date=at(1, 9, 5), message_id=None, sender=CYD, to=BOB),
            "b1.eml": mail(
                "Re: Wall",
                "How wet?\r\n" + original("(the rest was cut)", "Low, Cyd", "1 March 2017 15:05"),
                date=at(2),
                message_id=None,
                sender="q@x",
                to="z@x",
            ),
            "c1.eml": mail(
                "One",
                "I agree.\r\n"
                + quoted("A text of which nobody has the original, though two people quote all of it here."),
                date=at(3),
                message_id=None,
                sender="k@x",
                to="l@x",
            ),
            "c2.eml": mail(
                "Two",
                "I do not.\r\n"
                + quoted("A text of which nobody has the original, though two\r\npeople quote all of it here."),
                date=at(4),
                message_id=None,
                sender="m@x",
                to="n@x",
            ),
        },
    )
    told = {name: (row["answers"], row["evidence"]) for name, row in rows.items() if row["evidence"]}
    assert told == {
        "a1.eml": ("a0.eml", "part quoted"),
        "b1.eml": ("b0.eml", "quoted heading"),
        "c1.eml": ("", "quoted"),
        "c2.eml": ("", "quoted"),
    }
    assert rows["c1.eml"]["thread"] == rows["c2.eml"]["thread"]


def test_notices_of_one_subject_are_no_thread(matter: Matter) -> None:
    files = {
        f"{n}.eml": mail("Weekly report", f"Week {n} went well.\r\n", date=at(n), message_id=None) for n in range(1, 6)
    }
    assert len(together(formed(matter, files))) == 5


def test_spares_stand_after_their_mail_and_attached_mails_join_in(matter: Matter) -> None:
    answer = mail("Re: Culvert", SECOND, date=at(2), message_id="<2@x>", extra=[("In-Reply-To", "<1@x>")])
    files = {
        "1.eml": mail("Culvert", FIRST, date=at(1), message_id="<1@x>"),
        "copy/1.eml": mail("Culvert", FIRST, date=at(1), message_id="<other@x>", extra=[("Bcc", "eve@x.example")]),
        "2.eml": mail("Look", "See attached.\r\n", date=at(5), attach=[("answer.eml", answer, "message/rfc822")]),
        "3.eml": mail(
            "Re: Culvert", "Thanks.\r\n", date=at(3), message_id="<3@x>", extra=[("In-Reply-To", "<other@x>")]
        ),
    }
    rows = formed(matter, files)
    assert rows["copy/1.eml"]["spare_of"] == "1.eml"
    assert [name for name, row in rows.items() if row["thread"] == "1.eml"] == [
        "1.eml",
        "copy/1.eml",
        "2.eml//answer.eml",
        "3.eml",
    ]
    assert rows["3.eml"]["answers"] == "1.eml", "an answer to the copy is an answer to the mail"
    assert rows["2.eml"]["thread"] == "2.eml"


def test_a_late_message_joins_two_threads_and_only_changes_are_written(matter: Matter) -> None:
    files = {
        "1.eml": mail("x", "One.\r\n", date=at(1), message_id="<1@x>"),
        "3.eml": mail("y", "Three.\r\n", date=at(3), message_id="<3@x>", extra=[("In-Reply-To", "<2@x>")]),
        "9.eml": mail("z", "Nine.\r\n", date=at(9), message_id="<9@x>"),
    }
    assert len(together(formed(matter, files))) == 3
    rows = formed(
        matter,
        {"2.eml": mail("x", "Two.\r\n", date=at(2), message_id="<2@x>", extra=[("In-Reply-To", "<1@x>")])},
        "late",
    )
    assert together(rows) == {frozenset({"1.eml", "2.eml", "3.eml"}), frozenset({"9.eml"})}
    assert [row["depth"] for row in rows.values() if row["thread"] == "1.eml"] == [0, 1, 2]
    assert again(matter) == rows
    with matter.write() as db:
        threads.forget(db)
        study.forget(db)
    assert again(matter) == rows


@pytest.mark.slow
def test_the_order_of_taking_in_does_not_matter(tmp_path: Path) -> None:
    files = {}
    for n in range(24):
        above = [("In-Reply-To", f"<{n // 2}@x>")] if n % 3 else []
        body = f"Words of number {n}, which are long enough to be known again.\r\n" + quoted(
            f"Words of number {n // 2}, which are long enough to be known again."
        )
        files[f"{n:02d}.eml"] = mail("Re: talk", body, date=at(1 + n % 7, minute=n), message_id=f"<{n}@x>", extra=above)
    found = []
    for turn in range(2):
        names = sorted(files)
        if turn:
            random.Random(7).shuffle(names)
        with matter_of(tmp_path / f"m{turn}") as matter:
            for part in range(3):
                rows = formed(matter, {name: files[name] for name in names[part::3]}, f"{turn}{part}")
            found.append((together(rows), {n: (r["answers"], r["evidence"], r["inclusive"]) for n, r in rows.items()}))
    assert found[0] == found[1]


# -- against an oracle -----------------------------------------------------------------------------------


def heads_of(edges: Sequence[Sequence[int]]) -> list[Head]:
    return [
        Head(n + 1, 1, f"{n:04d}", n, f"<{n}@x>", tuple(f"<{one}@x>" for one in above), "", "", f"s{n}", False)
        for n, above in enumerate(edges)
    ]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(0, 25), max_size=4), max_size=20))
def test_threads_by_header_are_the_connected_components(edges: list[list[int]]) -> None:
    """A thread is what hangs together by ids, present or not; walked here in the plainest way."""
    heads = heads_of(edges)
    done = link(heads, lambda: iter(()), lambda _: {})
    found = {frozenset(done.mails[node].document for node in nodes) for _, nodes in done.forest.trees()}
    sets = [{f"{head.document}", head.message_id, *head.ancestors} for head in heads]
    for _ in sets:
        for one in range(len(sets)):
            for other in range(len(sets)):
                if sets[one] & sets[other]:
                    sets[one] = sets[other] = sets[one] | sets[other]
    wanted = {frozenset(int(name) for name in one if name.isdecimal()) for one in sets}
    assert found == wanted
    for node in range(len(done.forest.parent)):  # and there is no way round in a circle
        seen, here = set(), node
        while here >= 0:
            assert here not in seen
            seen.add(here)
            here = done.forest.parent[here]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 12), max_size=3), max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_mails_does_not_matter(edges: list[list[int]], chance: random.Random) -> None:
    heads = heads_of(edges)
    seen = []
    for _ in range(3):
        done = link(heads, lambda: iter(()), lambda _: {})
        seen.append([(mail.content, done.forest.answered(mail.node)) for mail in done.mails])
        chance.shuffle(heads)
    assert seen[0] == seen[1] == seen[2]


def test_a_forest_refuses_what_makes_a_circle() -> None:
    forest = Forest()
    a, b, c = (forest.add(present=True) for _ in range(3))
    tie = Tie("header")
    assert forest.hang(b, a, tie) and forest.hang(c, b, tie)
    assert not forest.hang(a, c, tie)
    assert not forest.hang(c, a, tie), "it has one already"
    assert [forest.top(one) for one in (a, b, c)] == [a, a, a]
    assert forest.answered(c) == (b, [tie])


# -- size ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_five_thousand_mails_in_one_chain(matter: Matter) -> None:
    """By headers alone, each answer to the one before; and by quotations alone."""
    heads = heads_of([[n - 1] if n else [] for n in range(5000)])
    began = time.process_time()
    done = link(heads, lambda: iter(()), lambda _: {})
    (tree,) = done.forest.trees()
    assert len(tree[1]) == 5000
    bare = [replace(head, message_id="", ancestors=()) for head in heads]

    def words() -> Iterator[Words]:
        for n in range(5000):
            own = Segment(f"{n:016x}", 50)
            back = tuple(Segment(f"{one:016x}", 50) for one in range(n - 1, max(-1, n - 9), -1))
            yield Words(n + 1, "x", frozenset(), own, back, (), ())

    done = link(bare, words, lambda _: {})
    (tree,) = done.forest.trees()
    assert len(tree[1]) == 5000
    assert [done.forest.answered(n)[0] for n in (1, 2500, 4999)] == [0, 2499, 4998]
    assert time.process_time() - began < 30, "squares would take hours"


@pytest.mark.slow
def test_ten_thousand_notices_of_one_text_quoted_by_as_many() -> None:
    """The same words at other minutes, each quoted once: candidates are looked up, never all compared."""
    count = 10_000
    heads = [Head(n + 1, 1, f"{n:05d}", n // 2 * 3, "", (), "", "", "notice", n % 2 == 1) for n in range(count)]

    def words() -> Iterator[Words]:
        notice = Segment("a" * 16, 60)
        for n in range(count):
            own = Segment(f"{n:016x}", 40) if n % 2 else notice
            yield Words(n + 1, "x", frozenset({"x"}), own, (notice,) if n % 2 else (), (), ())

    began = time.process_time()
    done = link(
        heads,
        words,
        lambda ids: {n: one for n in ids for one in [Words(n, "x", frozenset({"x"}), Segment("", 0), (), (), ())]},
    )
    assert sum(1 for _ in done.forest.trees()) == count // 2
    assert time.process_time() - began < 30


@pytest.mark.slow
def test_a_thread_of_five_thousand_in_a_matter(matter: Matter) -> None:
    """Fifty branches of a hundred answers, each quoting all above it: the fifty last ones are to be read, no other."""
    first = "The culvert on Mill Road has collapsed, and somebody has to close the road.\r\n"
    mails = [mail("Culvert", first, date="1 May 2017 00:00:00 +0000", message_id="<0@x>")]
    for branch in range(50):
        above, before = first, "<0@x>"
        quoted_at = "1 May 2017 00:00"
        for n in range(1, 101):
            when = f"{1 + n // 24} May 2017 {n % 24:02d}:{branch:02d}"
            text = f"Answer {n} of branch {branch} about the culvert and the road."
            text += original(above, "Ann Poe", quoted_at)
            name = f"<{branch}.{n}@x>"
            extra = [("In-Reply-To", before)]
            mails.append(mail("Re: Culvert", text, date=f"{when}:00 +0000", message_id=name, extra=extra))
            above, before, quoted_at = text, name, when
    rows = formed(matter, {"in.mbox": mbox(*mails)})
    assert len(rows) == 5001 and len(together(rows)) == 1
    assert max(row["depth"] for row in rows.values()) == 100
    to_read = {name for name, row in rows.items() if row["inclusive"]}
    assert to_read == {f"in.mbox//{1 + 100 * branch + 100:05d}.eml" for branch in range(50)}
    assert {row["contained_in"] for row in rows.values() if not row["inclusive"]} <= to_read


def test_what_is_kept_is_read_back(matter: Matter) -> None:
    formed(
        matter,
        {"a.eml": mail("Re: Talk", "Own words here.\r\n" + quoted(FIRST, "Bob Roe", "1 Mar 2017 09:26"), date=at(2))},
    )
    (head,), (words,) = list(messages.heads(matter)), list(messages.words(matter))
    assert (head.subject, head.reply, head.minute) == ("talk", True, 24807746)
    assert words.people == {"ann@town.example", "bob@town.example"}
    assert words.segment.letters == len("ownwordshere")
    assert [one.author for one in words.quotations] == ["Bob Roe"]
    assert words.quoted and not set(words.quoted) & set(words.own)
    assert messages.words_of(matter, [head.document])[head.document] == words
