"""Which messages need not be read: only those that a later one holds whole, words and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piles import TEXT, mail, matter_of, write
from tecum import verbs
from tecum.analysis import duplicates, inclusive, quoting, study, threads
from tecum.analysis.inclusive import Entry, Verdict, judge
from tecum.matter import Matter

pytestmark = pytest.mark.usefixtures("one_day")
A, B = ("a.txt", b"attached A\r\n", TEXT), ("b.txt", b"attached B\r\n", TEXT)
SAID = [
    "The culvert on Mill Road has collapsed and must be closed.",
    "Please close it at once and tell the school about it.",
    "It is closed now, and the school knows about the buses.",
    "Thank you all, the council will hear of it on Thursday.",
]


@pytest.fixture
def matter(tmp_path: Path) -> Iterator[Matter]:
    with matter_of(tmp_path / "matter") as made:
        yield made


def verdicts(matter: Matter, *mails: bytes) -> list[tuple[bool, list[str], int]]:
    """(inclusive, reasons, number of the mail that contains it or 0) of mails 1, 2, ... of one thread."""
    pile = write(matter.folder.parent / "pile", {f"{n}.eml": data for n, data in enumerate(mails, 1)})
    verbs.ingest(matter, [("ann", pile)])
    duplicates.run(matter)
    study.run(matter)
    threads.run(matter)
    named = {row["control"]: int(row["path"][0]) for row in verbs.documents(matter)}
    rows = {named[row["control"]]: row for row in threads.listing(matter)}
    assert len({row["thread"] for row in rows.values()}) == 1
    return [
        (rows[n]["inclusive"], rows[n]["reasons"], named.get(rows[n]["contained_in"], 0))
        for n in range(1, len(mails) + 1)
    ]


def step(n: int, text: str, *, answers: int = 0, **more: Any) -> bytes:
    extra = [("In-Reply-To", f"<{answers or n - 1}@x>")] if n > 1 else []
    return mail("Re: x", text, date=f"{n} Mar 2017 09:26:53 +0000", message_id=f"<{n}@x>", extra=extra, **more)


def below(n: int, text: str, author: str = "Ann Poe") -> str:
    head = f"From: {author}\r\nSent: {n} March 2017 09:26\r\nTo: x\r\nSubject: x\r\n\r\n"
    return f"\r\n\r\n-----Original Message-----\r\n{head}{text}"


CONTAINED, MESSAGE = (False, []), (True, ["message"])


def test_answers_above_what_they_answer(matter: Matter) -> None:
    texts = [SAID[0]]
    for n in (1, 2, 3):
        texts.append(SAID[n] + below(n, texts[-1]))
    found = verdicts(matter, *(step(n, text) for n, text in enumerate(texts, 1)))
    assert found == [(*CONTAINED, 4), (*CONTAINED, 4), (*CONTAINED, 4), (*MESSAGE, 0)]


def test_marked_quotations_wrapped_anew_and_answered_in_between(matter: Matter) -> None:
    words = SAID[0].split()
    wrapped = "> " + " ".join(words[:5]) + "\r\n> " + " ".join(words[5:])
    between = "> " + " ".join(words[:5]) + "\r\nYes.\r\n> " + " ".join(words[5:])
    found = verdicts(
        matter,
        step(1, SAID[0]),
        step(2, f"{SAID[1]}\r\n\r\n{wrapped}\r\n"),
        step(3, f"On 1 March 2017 09:26, Ann Poe wrote:\r\n{between}\r\nNo.", answers=1),
    )
    assert found == [(*CONTAINED, 3), (*MESSAGE, 0), (*MESSAGE, 0)]


def test_an_edited_quotation_keeps_the_original(matter: Matter) -> None:
    edited = SAID[0].replace("has collapsed", "may have collapsed")
    found = verdicts(matter, step(1, SAID[0]), step(2, SAID[1] + below(1, edited)))
    assert found == [(True, ["inferred"], 0), (*MESSAGE, 0)]


def test_a_notice_appended_to_the_quotation_does_no_harm(matter: Matter) -> None:
    found = verdicts(
        matter, step(1, SAID[0]), step(2, SAID[1] + below(1, SAID[0] + "\r\n\r\nThis e-mail may be confidential."))
    )
    assert found == [(*CONTAINED, 2), (*MESSAGE, 0)]


@pytest.mark.parametrize(
    ("mine", "theirs", "first"),
    [
        ([A], [], (True, ["attachment"], 0)),
        ([A], [A], (*CONTAINED, 2)),
        ([A], [A, B], (*CONTAINED, 2)),
        ([A, B], [B], (True, ["attachment"], 0)),
        ([], [A], (*CONTAINED, 2)),
        ([A], [("a.txt", b"attached A, changed\r\n", TEXT)], (True, ["attachment"], 0)),
    ],
)
def test_attachments_count(matter: Matter, mine: list[Any], theirs: list[Any], first: tuple[Any, ...]) -> None:
    found = verdicts(matter, step(1, SAID[0], attach=mine), step(2, SAID[1] + below(1, SAID[0]), attach=theirs))
    assert found[0] == first
    assert found[1] == (*MESSAGE, 0)


def test_words_in_one_answer_and_the_file_in_another_are_not_enough(matter: Matter) -> None:
    found = verdicts(
        matter,
        step(1, SAID[0], attach=[A]),
        step(2, SAID[1] + below(1, SAID[0])),
        step(3, SAID[2], answers=1, attach=[A]),
    )
    assert found[0] == (*MESSAGE, 0)


def test_the_last_of_each_branch_is_inclusive_whatever_it_says(matter: Matter) -> None:
    found = verdicts(
        matter,
        step(1, SAID[0]),
        step(2, SAID[1] + below(1, SAID[0]), answers=1),
        step(3, SAID[2] + below(2, SAID[1], "Ann Poe") + below(1, SAID[0]), answers=1),
    )
    assert found == [(*CONTAINED, 3), (True, ["last"], 0), (*MESSAGE, 0)]


def test_short_words_of_somebody_else_contain_nothing(matter: Matter) -> None:
    found = verdicts(
        matter,
        step(1, "Thanks."),
        step(2, SAID[1] + below(2, "Thanks.", "Eve Doe")),
    )
    assert found[0] == (*MESSAGE, 0)


def test_a_mail_without_words_or_files_is_held_by_its_answer(matter: Matter) -> None:
    assert verdicts(matter, step(1, "\r\n"), step(2, SAID[1]))[0] == (*CONTAINED, 2)


# -- against an oracle -----------------------------------------------------------------------------------


def entries_of(tree: list[tuple[int, bool, int, set[str]]]) -> list[Entry]:
    """Mails in reading order as a client with top-posting writes them; each may cut out what it quotes."""
    texts: list[str] = []
    entries: list[Entry] = []
    for n, (above, whole, age, files) in enumerate(tree):
        parent = min(above, n - 1)
        own = f"these are the words of number {n} and of nobody else"
        quote = below(1, texts[parent] if whole else texts[parent][7:], f"P{parent}") if parent >= 0 else ""
        texts.append(own + quote)
        taken = quoting.parts(texts[-1])
        minute = None if age > 90 else age
        entries.append(Entry(minute, parent, f"P{n}", taken.own, taken.quoted, frozenset(files)))
    return entries


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-1, 8), st.booleans(), st.integers(0, 99), st.sets(st.sampled_from("fg"), max_size=2)),
        min_size=1,
        max_size=9,
    )
)
def test_what_is_not_inclusive_is_held_by_what_is_named(tree: list[tuple[int, bool, int, set[str]]]) -> None:
    """Depth first order is needed, so chains only: 0 <- 1 <- 2 ...; each verdict is checked the slow way."""
    tree = [(n - 1, whole, age, files) for n, (_, whole, age, files) in enumerate(tree)]
    entries = entries_of(tree)
    found = judge(entries, lambda other, place: False)
    held = [{one.hash for one in (*entry.quoted, entry.own) if one.letters} for entry in entries]
    for place, verdict in enumerate(found):
        containers = [
            other
            for other in range(place + 1, len(entries))
            if held[place] <= held[other] and entries[place].attachments <= entries[other].attachments
        ]
        if place == len(entries) - 1:
            assert verdict == Verdict(("message",))
        elif verdict.inside >= 0:
            assert verdict.inside in containers
            assert found[verdict.inside].reasons, "the container is itself to be read"
        else:
            assert verdict.reasons


def test_five_thousand_in_one_thread() -> None:
    parts = [quoting.parts(f"these are the words of number {n} and of nobody else") for n in range(5000)]
    entries = [
        Entry(
            n, n - 1, "x", parts[n].own, tuple(parts[one].own for one in range(n - 1, max(-1, n - 5), -1)), frozenset()
        )
        for n in range(5000)
    ]
    found = judge(entries, lambda other, place: False)
    assert len(found) == 5000 and found[-1].reasons == (inclusive.MESSAGE,)


SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "dc-foia-mail" / "dc-foia-mail.tar.xz"


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_file(), reason="the sample mail is not beside the project")
def test_real_mail_is_held_line_by_line(matter: Matter, tmp_path: Path) -> None:
    """Every line of each message that is not inclusive stands in the one that is said to contain it."""
    import tarfile

    with tarfile.open(SHARED) as tar:
        tar.extractall(tmp_path / "set", filter="data")
    verbs.ingest(matter, [("x", tmp_path / "set")])
    study.run(matter)
    threads.run(matter)
    ids = {row["control"]: n for n, row in enumerate(verbs.documents(matter), 1)}
    # Targets of links are dropped by some programs and broken over lines by others.
    links = re.compile(r"<(?:https?|mailto|tel):[^>]*>|\[(?:cid|mailto|image):[^\]]*\]", re.IGNORECASE)
    texts = {row.id: links.sub("", matter.text_of(row)) for row in matter.texts(list(ids.values()))}
    letters = quoting.letters
    count = 0
    for row in threads.listing(matter):
        if row["contained_in"] and not row["spare_of"]:
            whole = letters("\n".join(line.lstrip("> ") for line in texts[ids[row["contained_in"]]].split("\n")))
            for line in texts[ids[row["control"]]].split("\n"):
                assert len(line) < 30 or letters(line.lstrip("> ")) in whole
            count += 1
    assert count > 10
