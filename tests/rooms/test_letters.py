from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from letter_facts import AUDIT, CASES, RECORDS, LetterCase, case, docket, event, plain, standing
from lxml import etree
from pypdfium2 import PdfDocument

from tecum.demand.letters import BLOCKS, FIELDS, SHIPPED, find, letter, names, particulars, schedules
from tecum.demand.letters.particulars import About
from tecum.demand.letters.template import Template, merge, parse, read
from tecum.demand.letters.words import dated, full, listed, money, with_weekday
from tecum.demand.nouns import Docket
from tecum.engine.paper import Block, Bullets, Fields, Heading, Paragraph, Signature, Table, write
from tecum.errors import LetterIncomplete, TemplateInvalid

DEMANDING = {
    "acknowledgement", "closing", "deficiency", "demand", "extension-granted", "extension-refused", "final-notice",
    "reminder", "subpoena", "withdrawal",
}  # fmt: skip
ANSWERING = {"denial", "fee-estimate", "no-records", "our-acknowledgement", "our-extension", "third-party-notice"}
FILES = sorted(CASES.glob("*.txt"))
BY = "Ann Lee, Senior Auditor"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def written(one: LetterCase) -> list[Block]:
    return letter(one.name, one.docket, one.standing, by=one.by, on=one.on, more=one.more)


def own(folder: Path, name: str, text: str) -> Path:
    (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def reminder(held: Docket, on: dt.date, folder: Path | None = None, **more: str) -> str:
    return plain(letter("reminder", held, standing(held, on), by=BY, on=on, folder=folder, more=more))


SENT = event(1, "2027-01-25", "sent", channel="mail")
DAY = dt.date(2027, 3, 1)


# ---- the letters


def test_both_sides_have_their_letters_and_each_is_proved() -> None:
    assert set(names()) == DEMANDING | ANSWERING == {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_letter_reads_as_expected(path: Path) -> None:
    one = case(path)
    assert one.standing.conflicts == ()
    assert plain(written(one)) == one.text


@pytest.mark.parametrize("name", sorted(DEMANDING | ANSWERING))
def test_templates_shipped_are_whole(name: str) -> None:
    template = find(name)
    first = (SHIPPED / f"{name}.txt").read_text(encoding="utf-8").splitlines()[0]
    assert first == f"% {template.purpose}" and template.purpose.endswith(".") and template.purpose.count(".") == 1
    template.check(FIELDS, BLOCKS)
    assert template.parts[-1].block.endswith("signature") or template.parts[-1].block == "enclosures"


def test_every_field_and_block_is_used_and_explained() -> None:
    templates = [find(name) for name in names()]
    spare_fields = set(FIELDS) - {name for one in templates for name in one.fields}
    spare_blocks = set(BLOCKS) - {name for one in templates for name in one.blocks}
    # Shown by [[particulars]] and the signatures, or there for templates of one's own.
    assert spare_fields == {
        "by", "dated", "due", "enclosures", "open_requests", "reference", "sent", "served", "signed", "title",
    }  # fmt: skip
    assert spare_blocks == set()
    assert all(meaning and not meaning.endswith(" ") for meaning in (*FIELDS.values(), *BLOCKS.values()))


def test_service_is_never_claimed_without_proof() -> None:
    sent, served = docket([SENT]), docket([SENT, event(2, "2027-01-27", "served", channel="hand")])
    assert "dispatched on January 25, 2027" in reminder(sent, DAY)
    assert not re.search(r"\bserved\b", reminder(sent, DAY), re.IGNORECASE)
    assert "The demand was served on January 27, 2027." in reminder(served, DAY)
    assert "is dated January 25, 2027" in reminder(docket([]), DAY)


def test_what_is_unverified_says_so() -> None:
    asked = event(2, "2027-02-10", "objected", requests=["1"], ground="burden", sure="unverified")
    held = docket([SENT, asked, event(3, "2027-01-25", "at-risk", award="a2")])
    about = About("reminder", held, standing(held, DAY), BY, DAY)
    assert "Objection: burden (unverified)" in plain(schedules.received(about))
    rows = plain(schedules.awards(about))
    assert "$1,234,567.50 (unverified)" in rows and "$250,000 |" in rows
    assert rows.rstrip().endswith("hang on the answer: $1,234,567.50 (unverified).")


def test_before_service_a_rule_gives_its_period_and_no_date() -> None:
    held = docket([])
    about = About("demand", held, standing(held, DAY, "records"), BY, DAY)
    said = "within 20 business days after the demand is received (5 U.S.C. 552(a)(6)(A)(i), (B)(i), unverified)"
    assert particulars.value("due_words", about) == said
    assert particulars.value("due", about) == particulars.value("due_clause", about) == ""


def test_a_date_that_was_moved_says_by_what() -> None:
    day = "2027-02-12"
    moved = {
        "by Friday, March 12, 2027 (as extended by agreement)": event(2, day, "extension-granted", until="2027-03-12"),
        "by Monday, March 15, 2027 (as ordered)": event(2, day, "due-ordered", until="2027-03-15"),
        "by Monday, March 1, 2027 (as extended by statute)": event(2, day, "extension-taken", days="5"),
    }
    for words, moving in moved.items():
        held = docket([SENT, moving])
        about = About("reminder", held, standing(held, DAY), BY, DAY)
        assert particulars.value("due_words", about) == words
    assert particulars.value("new_due", about) == "March 1, 2027"


def test_a_contested_date_shows_both_and_a_paused_clock_none() -> None:
    served = event(1, "2027-03-03", "served", "records", channel="portal")
    asked = event(2, "2027-03-05", "clarification-asked", "records", question="Which tunnel?")
    taken = event(3, "2027-03-20", "extension-taken", "records", days="10", unit="business days", reason="Volume.")
    contested, paused = replace(RECORDS, rule="ca-pra"), replace(RECORDS, pauses=("clarification",))
    words = {}
    for name, demand, events in (
        ("contested", contested, [served, asked]),
        ("paused", paused, [served, asked]),
        ("taken", RECORDS, [served, taken]),
    ):
        held = replace(docket(events), demands={demand.id: demand})
        about = About("our-acknowledgement", held, standing(held, dt.date(2027, 3, 21), "records"), BY, DAY)
        words[name] = particulars.value("due_words", about)
    assert words == {
        "contested": "by Saturday, March 13, 2027 (Cal. Gov. Code 7922.535, unverified); "
        "on another reading of the rule, by Monday, March 15, 2027",
        "paused": "",
        "taken": "by Wednesday, April 14, 2027 (as extended under 5 U.S.C. 552(a)(6)(A)(i), (B)(i), unverified)",
    }


def test_nobody_signs_for_nobody() -> None:
    one = case(CASES / "reminder.txt")
    with pytest.raises(LetterIncomplete, match=r"\[\[signature\]\] is empty") as unsigned:
        letter(one.name, one.docket, one.standing, by=" ", on=one.on)
    assert unsigned.value.remedy == "Name who sends the letter"


def test_the_final_letters_name_what_is_open(tmp_path: Path) -> None:
    notice = event(2, "2027-03-22", "final-notice", until="2027-04-05")
    accepted = event(3, "2027-03-01", "accepted", by="Ann Lee")
    day = dt.date(2027, 3, 22)
    held = docket([SENT, notice, accepted])
    with pytest.raises(LetterIncomplete) as nothing:
        letter("final-notice", held, standing(held, day), by=BY, on=day)
    assert "to City of Westhaven names nothing that is open" in nothing.value.message
    folder = own(tmp_path, "final-notice", "Answer by {until}.\n\n[[signature]]\n")
    held = docket([SENT, notice])
    with pytest.raises(LetterIncomplete, match="names nothing that is open") as dropped:
        letter("final-notice", held, standing(held, day), by=BY, on=day, folder=folder)
    assert "[[open requests?]]" in dropped.value.remedy


def test_what_is_lacking_is_named_with_its_cure() -> None:
    held = docket([event(1, "2027-02-26", "deficiency", code="late", text="Nothing came.")])
    with pytest.raises(LetterIncomplete) as lacking:
        letter("deficiency", held, standing(held, DAY), by=BY, on=DAY)
    error = lacking.value
    assert error.message == (
        "The letter deficiency to City of Westhaven cannot be written: the field {cure_due} is empty."
    )
    assert error.remedy == "Record `due` with every open deficiency, or give it with the letter"
    assert error.path == str(SHIPPED / "deficiency.txt")
    assert "{cure_due}" in (SHIPPED / "deficiency.txt").read_text(encoding="utf-8").splitlines()[(error.line or 0) - 1]
    with pytest.raises(LetterIncomplete, match=r"the block \[\[denials\]\] is empty") as denied:
        letter("denial", held, standing(held, DAY, "records"), by=BY, on=DAY)
    assert "`denied`" in denied.value.remedy


def test_a_demand_that_ended_has_no_date_to_remind_of() -> None:
    held = docket([SENT, event(2, "2027-02-01", "withdrawn")])
    with pytest.raises(LetterIncomplete, match="due_clause"):
        reminder(held, DAY)


def test_notices_to_several_parties_keep_apart() -> None:
    one = case(CASES / "third-party-notice.txt")
    other = letter(one.name, one.docket, one.standing, by=one.by, on=one.on, more={"party": "Deep Bore Inc."})
    assert "March 22, 2027" in plain(other) and "March 23, 2027" not in plain(other)


def test_fields_by_hand_rule_and_days_are_written_in_full() -> None:
    held = docket([SENT, event(2, "2027-02-01", "extension-asked", days="14")])
    more = {"new_due": "2027-03-12", "reason": "2027-03-12"}
    text = plain(letter("extension-granted", held, standing(held, DAY), by=BY, on=DAY, more=more))
    assert "for more time of 14 days." in text
    assert "due on March 12, 2027." in text and "Reason recorded: 2027-03-12" in text


def test_a_slip_in_the_name_of_a_field_given_by_hand_is_refused() -> None:
    one = case(CASES / "deficiency.txt")
    for slip in ("calldates", "received"):
        with pytest.raises(TemplateInvalid, match=f"has no field '{slip}'"):
            letter(one.name, one.docket, one.standing, by=one.by, on=one.on, more={slip: "Monday"})
    given = letter(one.name, one.docket, one.standing, by=one.by, on=one.on, more={"enclosures": "A log; A list"})
    assert given[-1] == Bullets(("A log", "A list"))


# ---- templates of one's own


def test_an_own_template_rules_and_may_add_a_letter(tmp_path: Path) -> None:
    own(tmp_path, "reminder", "% Ours.\n{recipient}, file {our_file}: {{due}} {due_clause}.\n")
    own(tmp_path, "hold-notice", "Keep everything, {recipient}.\n")
    (tmp_path / "Not a letter.txt").write_text("x", encoding="utf-8")
    assert set(names(tmp_path)) - set(names()) == {"hold-notice"}
    text = reminder(docket([SENT]), DAY, tmp_path, our_file="7/27")
    assert text == "City of Westhaven, file 7/27: {due} was due on Wednesday, February 24, 2027.\n"
    assert find("closing", tmp_path) == find("closing", tmp_path / "nowhere") == find("closing")


@pytest.mark.parametrize("name", ["", "Reminder", "../reminder", "reminder.txt", "no-such-letter", "x" * 500])
def test_a_letter_that_there_is_not_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(TemplateInvalid, match="There is no letter named") as error:
        find(name, tmp_path)
    assert "acknowledgement, closing" in error.value.remedy and len(error.value.message) < 120


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Due {__class__}", "{__class__} names no field"),
        ("Due {a.b}", "{a.b} names no field"),
        ("Due {0}", "{0} names no field"),
        ("Due {due!r:>9}", "{due!r:>9} names no field"),
        ("Due {due[0]}", "{due[0]} names no field"),
        ("Due {Due}", "{Due} names no field"),
        ("Due {}", "{} names no field"),
        ("Due {due", "A lone {"),
        ("Due }due", "A lone }"),
        ("Due {{due}", "A lone }"),
        ("[[../x]]", "[[../x]]: a block's name"),
        ("[[/etc/passwd]]", "[[/etc/passwd]]: a block's name"),
        ("[[requests", "a block stands alone"),
        ("See [[requests]] here", "a block stands alone"),
        ("#### Deep", "A heading begins with one to 3 signs"),
        ("{" + "x" * 10_000 + " }", "xxx..."),
    ],
)
def test_what_is_no_template_is_refused_with_its_line(line: str, said: str, tmp_path: Path) -> None:
    folder = own(tmp_path, "reminder", f"% Attack.\nOne.\n\n{line}\n\nTwo.\n")
    with pytest.raises(TemplateInvalid) as error:
        find("reminder", folder)
    assert said in error.value.message and len(error.value.message) < 250
    assert (error.value.path, error.value.line) == (str(folder / "reminder.txt"), 4)


@pytest.mark.parametrize(
    ("line", "message", "known"),
    [
        ("By {duee}.", "There is no field named 'duee'; is 'due' meant?", "due_clause"),
        ("By {zzzz?}.", "There is no field named 'zzzz'.", "due_clause"),
        ("[[request]]", "There is no block named 'request'; is 'requests' meant?", "open requests"),
        ("[[class?]]", "There is no block named 'class'.", "open requests"),
    ],
)
def test_unknown_names_are_refused_with_those_known(line: str, message: str, known: str, tmp_path: Path) -> None:
    own(tmp_path, "reminder", f"{{recipient}}\n\n{line}\n")
    with pytest.raises(TemplateInvalid) as error:
        reminder(docket([SENT]), DAY, tmp_path)
    assert (error.value.message, error.value.line) == (message, 3)
    assert known in error.value.remedy


def test_windows_files_read_like_others(tmp_path: Path) -> None:
    text = "% For.\n# One\n\nTwo {due}\nthree\n\n- four\n- five\n"
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (tmp_path / "b.txt").write_bytes(text.encode())
    a, b = read(tmp_path / "a.txt"), read(tmp_path / "b.txt")
    assert (a.purpose, a.parts, a.name) == (b.purpose, b.parts, "a")
    assert merge(a, {"due": "x"}, {}) == [Heading("One", 1), Paragraph("Two x\nthree"), Bullets(["four", "five"])]


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"One\r\ntwo\r\n\x93three\x94", 3), ("Ü".encode("cp1252"), 1), ("Hello".encode("utf-16"), 1), (b"a\n\n\xc3", 3)],
)
def test_files_in_other_encodings_are_refused_with_the_line(data: bytes, line: int, tmp_path: Path) -> None:
    (tmp_path / "reminder.txt").write_bytes(data)
    with pytest.raises(TemplateInvalid, match="is not text in UTF-8") as error:
        find("reminder", tmp_path)
    assert error.value.line == line and "UTF-8" in error.value.remedy


# ---- the language


def filled(text: str, blocks: dict[str, list[Block]] | None = None, **values: str) -> list[Block]:
    return merge(parse(text, "t.txt"), values, blocks or {})


def test_optional_fields_take_their_paragraph_line_or_point_along() -> None:
    text = "{a}\n{b?}\n\nOn {b?}:\n{b?}\n\n- {b?} and {c?}\n- {a} and {b?}\n\n# {b?}\n\nAlways.\n"
    assert filled(text, a="A", b="", c=" ") == [Paragraph("A"), Bullets(["A and"]), Paragraph("Always.")]
    assert filled(text, a="A", b="B", c="") == [
        Paragraph("A\nB"), Paragraph("On B:\nB"), Bullets(["B and", "A and B"]), Heading("B", 1), Paragraph("Always."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{a} x {b?}.", "A x."),
        ("{a} x {b?}", "A x"),
        ("{a} {b?} y", "A y"),
        ("{b?} y {a}", "y A"),
        ("{a} x {b?}y", "A x y"),
        ("{a} {b?} {b?}, y", "A, y"),
        ("{a}{b?}{b?} y", "A y"),
        ("{a} ({b?})", "A ()"),
    ],
)
def test_an_empty_field_leaves_no_gap(text: str, said: str) -> None:
    assert filled(text, a="A", b="") == [Paragraph(said)]
    assert filled(text, a=" A ", b=" ") == [Paragraph(said.replace("A", " A "))]  # a value's own blanks stay


def test_headings_over_nothing_go() -> None:
    table: list[Block] = [Table(["a"], [["b"]])]
    text = "# Title\n\n## One\n[[x?]]\n\n## Two\n{a?}\n\n### Deep\n[[x?]]\n\n## Bare\n\n## Last\n[[x?]]\n[[sign]]\n"
    sign: list[Block] = [Signature(["A"])]
    assert filled(text, {"x": [], "sign": sign}, a="") == [Heading("Title", 1), Heading("Bare", 2), *sign]
    full_letter = filled(text, {"x": table, "sign": sign}, a="")
    assert [one.text for one in full_letter if isinstance(one, Heading)] == [
        "Title", "One", "Two", "Deep", "Bare", "Last",
    ]  # fmt: skip
    assert filled("# Title\n\n## One\n\n[[x?]]\n\n## Two\n\n### Deep\n\n{a?}\n", {"x": []}, a="") == []


def test_points_and_their_lines() -> None:
    text = "Before\n- one\n  goes on\n- two\nAfter\n\n- three\n\n[[x]]\n- four\n"
    assert filled(text, {"x": [Bullets(["made"])]}) == [
        Paragraph("Before"), Bullets(["one\ngoes on", "two"]), Paragraph("After"), Bullets(["three"]),
        Bullets(["made"]), Bullets(["four"]),
    ]  # fmt: skip


def test_values_are_never_read_again() -> None:
    evil = "{due} {{x}} [[requests]] # no\n# heading\n- point\n% remark <b> {__class__}"
    assert filled("Said: {a}", a=evil, due="!") == [Paragraph(f"Said: {evil}")]
    assert filled("# {a}", a=evil) == [Heading(evil, 1)]
    big = "{due}" * 200_000
    assert filled("- {a}.", a=big) == [Bullets([f"{big}."])]


def test_values_reach_the_paper_as_text() -> None:
    evil = "{due} <b>&amp; #set page() [[x]] $1$ \\"
    one = case(CASES / "deficiency.txt")
    blocks = letter(one.name, one.docket, one.standing, by=evil, on=one.on, more={"call_dates": evil})
    assert f"at one of these times: {evil}" in plain(blocks)
    assert evil in pdf_text(write(blocks, "pdf"))
    assert evil in docx_text(write(blocks, "docx"))


NAMES = ("a", "b", "c_1")
SNIPPETS = st.one_of(
    st.sampled_from([
        "{a}", "{b?}", "{c_1}", "{c_1?}", "{{", "}}", "{", "}", "{zz}", "[[x]]", "[[y?]]", "[[z]]", "[[", "]]",
        "\n", "\n\n", "\r\n", "\n  ", "# ", "## ", "#### ", "- ", "% ", " ", "\ufeff",
    ]),
    st.text(max_size=6),
)  # fmt: skip
VALUES = st.fixed_dictionaries({name: st.text(max_size=12) for name in NAMES})
MADE = st.fixed_dictionaries({name: st.sampled_from([[], [Paragraph("made")], [Signature(["s"])]]) for name in "xy"})


@given(st.lists(SNIPPETS, max_size=25).map("".join), VALUES, MADE)
@example("# {a}\n\n[[x?]]", {"a": "kept", "b": "", "c_1": ""}, {"x": [], "y": []})
def test_any_text_gives_a_letter_or_one_of_two_errors(
    text: str, values: dict[str, str], blocks: dict[str, list[Block]]
) -> None:
    try:
        template = parse(text, "t.txt")
        made = merge(template, values, blocks)
    except (TemplateInvalid, LetterIncomplete) as error:
        assert error.path == "t.txt" and error.line and error.remedy_text
        return
    assert all(value in plain(made) for value in said(template, values))


def said(template: Template, values: dict[str, str]) -> list[str]:
    """The values that must be in the letter: those of fields that are not blank."""
    return [values[name] for name in template.fields if values[name].strip()]


@given(st.text(min_size=1))
def test_no_character_of_a_value_is_lost(value: str) -> None:
    assume(value.strip())
    assert filled("x {a?} {b?}.", a=value, b="") == [Paragraph(f"x {value}.")]
    assert filled("- {b?} {a}", a=value, b="") == [Bullets([value])]
    assert filled("# {a}{a?}\n\n[[x?]]", {"x": []}, a=value) == [Heading(value + value, 1)]


# ---- words


def test_days_amounts_and_lists_in_words() -> None:
    assert full(dt.date(2018, 2, 3)) == dated("2018-02-03") == dated("2018-02-03T09:30") == "February 3, 2018"
    assert with_weekday(dt.date(2018, 2, 23)) == "Friday, February 23, 2018"
    assert [dated(text) for text in ("", "by 22 May", "2018-02-30", "2018-02-03 or so")] == [
        "", "by 22 May", "2018-02-30", "2018-02-03 or so",
    ]  # fmt: skip
    assert [money(text) for text in ("1250", "$1,250.5", "about 30", "NaN", "1E+99999", "", None)] == [
        "$1,250", "$1,250.50", "about 30", "NaN", "1E+99999", "", "",
    ]  # fmt: skip
    assert money("5", "unverified") == "$5 (unverified)" and money("", "unverified") == ""
    assert [listed(parts) for parts in ([], ["1"], ["1", "2"], ["1", "2", "3(a)"])] == [
        "",
        "1",
        "1 and 2",
        "1, 2 and 3(a)",
    ]


# ---- on paper


def pdf_text(data: bytes) -> str:
    with PdfDocument(data) as document:
        found = []
        for page in document:
            words = page.get_textpage()
            found.append(words.get_text_bounded())
            words.close()
            page.close()
    return re.sub(r"\s+", " ", " ".join(found))


def docx_text(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        root = etree.fromstring(package.read("word/document.xml"))
    return "\n".join("".join(text.text or "" for text in one.iter(f"{W}t")) for one in root.iter(f"{W}p"))


@pytest.mark.parametrize("name", ["deficiency", "final-notice", "denial"])
def test_letters_are_written_and_read_back(name: str) -> None:
    blocks = written(case(CASES / f"{name}.txt"))
    wanted = [line for one in blocks if isinstance(one, (Heading, Paragraph)) for line in one.text.splitlines()]
    wanted += [str(value) for one in blocks if isinstance(one, Fields) for pair in one.pairs for value in pair]
    wanted += [str(cell) for one in blocks if isinstance(one, Table) for row in one.rows for cell in row]
    docx = docx_text(write(blocks, "docx"))
    assert [line for line in wanted if line not in docx] == []
    letters = re.sub(r"\s", "", pdf_text(write(blocks, "pdf")))  # a line may break at a hyphen or within a cell
    assert [line for line in wanted if re.sub(r"\s", "", line) not in letters] == []


def test_requests_stand_in_the_order_of_the_demand() -> None:
    text = case(CASES / "demand.txt").text
    places = [text.index(f"### Request {one.number}\n\n{one.text}") for one in AUDIT.requests]
    assert places == sorted(places)
