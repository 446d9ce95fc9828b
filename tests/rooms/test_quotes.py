"""Statements proposed from articles: whose words, exactly which, through whom, and why."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tecum.demand.press.clipping import Clipping, from_text
from tecum.demand.press.furniture import Part
from tecum.demand.press.quotation import blanked, quotations, sentences
from tecum.demand.press.quotes import Proposed, statements

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "clippings"


def article(*paragraphs: str, outlet: str = "The Ledger") -> Clipping:
    """A clipping whose paragraphs are all main text."""
    return Clipping(outlet, "", "", "", "", tuple(Part("text", "", one) for one in paragraphs))


def said(*paragraphs: str) -> list[tuple[str, str]]:
    """Speaker and words of what is proposed."""
    return [(one.speaker, one.words) for one in statements(article(*paragraphs))]


def only(*paragraphs: str) -> Proposed:
    found = statements(article(*paragraphs))
    assert len(found) == 1, found
    return found[0]


# Paragraphs of one statement each: text, speaker, words, attribution.
SINGLE = {
    "behind": ("“The files are ours,” Ann Poe said.", "Ann Poe", "The files are ours,", "Ann Poe said"),
    "inverted": ("“The files are ours,” said Mayor Ann Poe.", "Mayor Ann Poe", "The files are ours,", "said Mayor"),
    "before": ("Ann Poe said, “The files are ours.”", "Ann Poe", "The files are ours.", "Ann Poe said"),
    "straight": ('"The files are ours," Ann Poe said.', "Ann Poe", "The files are ours,", "Ann Poe said"),
    "nested": (
        "“They told us ‘never again’ and left,” Ann Poe said.",
        "Ann Poe",
        "They told us ‘never again’ and left,",
        "Ann Poe said",
    ),
    "nested double": (
        "“They call it “open files” and laugh,” Ann Poe said.",
        "Ann Poe",
        "They call it “open files” and laugh,",
        "Ann Poe said",
    ),
    "two pieces": (
        "“The files are ours,” Ann Poe wrote in a statement. “Nobody else may read them.”",
        "Ann Poe",
        "The files are ours, Nobody else may read them.",
        "Ann Poe wrote in a statement",
    ),
    "cut in two": (
        "“The files,” Ann Poe said, “are ours.”",
        "Ann Poe",
        "The files, are ours.",
        "Ann Poe said",
    ),
    "other words between": (
        "Ann Poe said the demand was “far too broad for a town” and “a burden on three clerks.”",
        "Ann Poe",
        "far too broad for a town ... a burden on three clerks.",
        "Ann Poe said",
    ),
    "apposition": (
        "“We will answer in time,” Lee Park, the town's attorney since 2009, said.",
        "Lee Park",
        "We will answer in time,",
        "Lee Park, the town's attorney since 2009, said",
    ),
    "office in small letters": (
        "“We will answer in time,” said city attorney Lee Park.",
        "city attorney Lee Park",
        "We will answer in time,",
        "said city attorney Lee Park",
    ),
    "adverb": ("Ann Poe later added: “We have nothing.”", "Ann Poe", "We have nothing.", "Ann Poe later added"),
    "who": (
        "The plan came from Sen. Ann Poe, who called it “a gift to every clerk in the state.”",
        "Sen. Ann Poe",
        "a gift to every clerk in the state.",
        "Sen. Ann Poe, who called it",
    ),
    "calling, few words": ("Lee Park called him a “coward.”", "Lee Park", "coward.", "Lee Park called him a"),
    "calling out": (
        "Rep. Lee Park called her out for being a “paper tiger.”",
        "Rep. Lee Park",
        "paper tiger.",
        "Rep. Lee Park called her out for being a",
    ),
    "participle": (
        "Ann Poe left the meeting early, calling it “a waste of everybody's time.”",
        "Ann Poe",
        "a waste of everybody's time.",
        "calling it",
    ),
    "belief": (
        "Small towns are united in the belief that “a town's files belong to the town.”",
        "Small towns",
        "a town's files belong to the town.",
        "Small towns are united in the belief that",
    ),
    "phrase": (
        "A spokesman for the county said that “no file has left the building.”",
        "A spokesman for the county",
        "no file has left the building.",
        "A spokesman for the county said",
    ),
    "spokesman of a named person": (
        "A spokesman for Mayor Ann Poe said that “no file has left the building.”",
        "A spokesman for Mayor Ann Poe",
        "no file has left the building.",
        "A spokesman for Mayor Ann Poe said",
    ),
    "question": ("“Who asked for this?” Ann Poe asked.", "Ann Poe", "Who asked for this?", "Ann Poe asked"),
    "name in apposition": (
        "“The letters speak for themselves,” a clerk, Erin Wolf, said in a mail.",
        "Erin Wolf",
        "The letters speak for themselves,",
        "Erin Wolf, said in a mail",
    ),
    "two speakers": (
        "Sen. Ruth Adler of Vermont and Rep. Jim Pell called it “theater for the cameras.”",
        "Sen. Ruth Adler of Vermont and Rep. Jim Pell",
        "theater for the cameras.",
        "Sen. Ruth Adler of Vermont and Rep. Jim Pell called it",
    ),
    "colon": ("Chief Art Low: “We follow the law.”", "Chief Art Low", "We follow the law.", "Chief Art Low:"),
    "paper of a person": (
        "“If the money goes, so do we,” according to Low’s memo.",
        "Low’s memo",
        "If the money goes, so do we,",
        "according to Low’s memo",
    ),
    "in the middle": (
        "The order, said Professor Ann Yoo of the State University, “goes further than any before.”",
        "Professor Ann Yoo",
        "goes further than any before.",
        "said Professor Ann Yoo of the State University",
    ),
    "accused": ("Ed Brand accused the mayor of “hiding behind her lawyers.”", "Ed Brand", "hiding behind her lawyers.",
                "Ed Brand accused the mayor of"),
    "nobody": ("The order bars “any request for the files of a living person.”", "",
               "any request for the files of a living person.", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", SINGLE)
def test_one_statement(case: str) -> None:
    text, speaker, words, attribution = SINGLE[case]
    found = only(text)
    assert (found.speaker, found.words, found.quoted) == (speaker, words, True)
    assert found.attribution.startswith(attribution)
    assert (found.through, found.paragraph, found.context) == ("The Ledger", 0, text)
    assert found.why and not found.resolved


def test_a_surname_gets_the_fullest_form_that_the_text_gives() -> None:
    first = "Attorney General Jo Marsh opened the matter on Monday."
    assert said(first, "“We will not wait,” Marsh said.") == [("Attorney General Jo Marsh", "We will not wait,")]


def test_two_people_of_one_surname_are_not_mixed_up() -> None:
    texts = ("Ann Poe and Carl Poe met on Monday.", "“We will not wait,” Carl Poe said.")
    assert said(*texts) == [("Carl Poe", "We will not wait,")]


def test_names_inside_quotations_introduce_nobody() -> None:
    assert said("“Governor General Lee Park said so,” Park said.") == [("Park", "Governor General Lee Park said so,")]


def test_two_speakers_in_one_sentence() -> None:
    text = "Ann Poe said the demand was “far too broad,” but Lee Park said it was “long overdue in this town.”"
    assert said(text) == [("Ann Poe", "far too broad,"), ("Lee Park", "long overdue in this town.")]


def test_a_verb_without_subject_goes_on_from_the_one_before() -> None:
    text = "Ann Poe said the town “will answer in due course” and described the date as “picked out of the air.”"
    assert said(text) == [("Ann Poe", "will answer in due course"), ("Ann Poe", "picked out of the air.")]


def test_a_party_marker_is_no_speaker() -> None:
    assert said("Councilman Ed Brand, R-Milltown, accused her of “hiding behind lawyers.”") == [
        ("Councilman Ed Brand", "hiding behind lawyers.")
    ]


def test_a_paper_may_speak_and_be_had_through_an_outlet() -> None:
    found = only("The memo, obtained by the Valley Globe, says officers “shall not inquire into it.”")
    assert (found.speaker, found.through) == ("The memo", "Valley Globe")


def test_a_pronoun_is_the_person_named_last_and_marked() -> None:
    found = statements(article("Mayor Ann Poe met the board on Friday.", "“We have nothing to hide,” she said."))
    assert [(one.speaker, one.resolved) for one in found] == [("Mayor Ann Poe", True)]
    assert "named last" in found[0].why


def test_a_pronoun_without_a_person_stays_open() -> None:
    assert only("“We have nothing to hide,” they said.").speaker == ""


def test_a_quotation_over_two_paragraphs_is_one_statement() -> None:
    found = statements(
        article("“We opened every drawer,” Ann Poe said. “Then we", "“closed them again.”", "It rained.")
    )
    assert [(one.speaker, one.words, one.paragraph) for one in found] == [
        ("Ann Poe", "We opened every drawer, Then we closed them again.", 0)
    ]
    assert "next paragraph" in found[0].why


def test_an_attribution_may_stand_in_the_second_paragraph() -> None:
    assert said("“We opened every drawer.", "“Then we closed them,” Ann Poe said.") == [
        ("Ann Poe", "We opened every drawer. Then we closed them,")
    ]


def test_a_missing_mark_is_said() -> None:
    found = only(
        "Ann Poe said: “We opened every drawer.",
    )
    assert found.words == "We opened every drawer." and "no mark closes" in found.why


@pytest.mark.parametrize(
    "lead",
    [
        "The town sued in May, which Poe mentioned too.",
        "The town sued in May, a suit that Poe addressed.",
        "About the suit of May, Poe had this to say:",
    ],
)
def test_a_paragraph_without_attribution_behind_one_that_refers_to_its_speaker(lead: str) -> None:
    found = only("Mayor Ann Poe spoke first.", lead, "“We will see them in court, and not before.”")
    assert (found.speaker, found.resolved, found.paragraph) == ("Mayor Ann Poe", True, 2)


def test_a_paragraph_without_attribution_behind_a_statement() -> None:
    found = statements(article("“We sued in May,” Ann Poe said.", "“We will see them in court, and not before.”"))
    assert [(one.speaker, one.resolved) for one in found] == [("Ann Poe", False), ("Ann Poe", True)]


def test_a_paragraph_without_attribution_elsewhere_has_no_speaker() -> None:
    found = only("The town sued in May.", "“We will see them in court, and not before.”")
    assert (found.speaker, found.resolved) == ("", False)


@pytest.mark.parametrize(
    "text",
    [
        "The “open drawer” law took effect in May.",
        "It is called a “town of files” by many.",
        "Cities known as “open drawers” were named.",
        "A so-called “file day” was held.",
        "Ann Poe said the “open drawer” law would stay as it is.",
    ],
)
def test_a_few_words_in_marks_are_no_statement(text: str) -> None:
    assert [one for one in statements(article(text)) if one.quoted] == []


@pytest.mark.parametrize(
    ("text", "through", "speaker"),
    [
        ("They failed “to hand over what was asked,” according to the Valley Tribune.", "Valley Tribune", ""),
        ("They failed “to hand over what was asked,” the Valley Tribune reported.", "Valley Tribune", ""),
        ("“We have nothing to hide,” Ann Poe told the Valley Tribune.", "Valley Tribune", "Ann Poe"),
        ("“We have nothing to hide,” Ann Poe said in an interview with Radio Hill News.", "Radio Hill News", "Ann Poe"),
        ("They failed “to hand over what was asked,” according to Lee Park.", "The Ledger", "Lee Park"),
        ("They failed “to hand over what was asked,” according to a town clerk.", "The Ledger", "a town clerk"),
        ("“We have nothing to hide,” Ann Poe told the board.", "The Ledger", "Ann Poe"),
    ],
)  # fmt: skip
def test_through_whom_it_is_reported(text: str, through: str, speaker: str) -> None:
    found = only(text)
    assert (found.through, found.speaker) == (through, speaker)


@pytest.mark.parametrize(
    ("text", "speaker", "words"),
    [
        ("Back in May, District Judge Ann Poe said that the town cannot be made to pay.", "District Judge Ann Poe",
         "the town cannot be made to pay"),
        ("Ann Poe said the town would answer by Friday.", "Ann Poe", "the town would answer by Friday"),
        ("The town would answer by Friday, Ann Poe said.", "Ann Poe", "The town would answer by Friday"),
        ("Ann Poe told the board that no file was lost.", "Ann Poe", "no file was lost"),
        ("According to Ann Poe, no file was ever lost.", "Ann Poe", "no file was ever lost"),
        ("No file was ever lost, according to the county.", "the county", "No file was ever lost"),
    ],
)  # fmt: skip
def test_a_paraphrase(text: str, speaker: str, words: str) -> None:
    found = only(text)
    assert (found.speaker, found.words, found.quoted) == (speaker, words, False)
    assert found.why.startswith("a paraphrase")


@pytest.mark.parametrize(
    "text",
    [
        "Ann Poe said no.",
        "Ann Poe said in May and again in June.",
        "Other states joined the suit and filed papers.",
        "It was said that nobody came.",
        "The town has promised to answer.",
        "The clerk read the letter and went home.",
    ],
)
def test_no_paraphrase(text: str) -> None:
    assert statements(article(text)) == []


def test_furniture_is_never_proposed() -> None:
    text = (
        "Town keeps its files\n\nAnn Poe said, “Smile,” in May. (AP Photo/Lee Park)\n\n"
        "The town kept its files on Monday.\n\nRELATED: Lee Park said, “All of it must go”\n\n"
        "Nothing more was decided.\n\nWhat do you think?\n\nLee Park says “never again” to paper"
    )
    assert statements(from_text(text)) == []


def test_marks() -> None:
    assert [one.words for one in quotations('a 6" pipe and "one" and “two”')] == ["one", "two"]
    assert [one.words for one in quotations('"He said it was "bad" and left," she said.')] == [
        'He said it was "bad" and left,'
    ]
    assert quotations('“” "" \'') == []


def test_sentences_do_not_end_in_abbreviations() -> None:
    text = "Sen. Poe met Lee J. Park of the U.S. Senate. It rained."
    assert [text[one.start : one.end].strip() for one in sentences(text, [])] == [
        "Sen. Poe met Lee J. Park of the U.S. Senate.", "It rained.",
    ]  # fmt: skip


_PIECES = st.sampled_from(
    ["“", "”", '"', "‘", "’", " ", ", ", ". ", "? ", ": ", "Ann Poe", "Mayor Lee Park", " said", " called it ", "he",
     "that ", "according to ", "the Valley Tribune", "(AP Photo/X)", "RELATED: ", "the files", "a", "\n\n", "\n",
     "What do you think?", "who ", "told ", "\ue000", "\ue001\ue002", "Jr.", "in the belief that ",
     "which Poe mentioned too."]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=40).map("".join) | st.text(max_size=200))
def test_no_text_crashes_and_every_piece_is_verbatim(text: str) -> None:
    clipping = from_text(text, outlet="The Ledger")
    main = [one.text for one in clipping.paragraphs if one.role == "text"]
    for one in statements(clipping):
        assert clipping.paragraphs[one.paragraph].role == "text"
        assert one.pieces and all(any(piece in part for part in main) for piece in one.pieces)
        assert all(piece in one.words for piece in one.pieces)


def test_what_is_longer_than_any_sentence_has_no_speaker() -> None:
    found = only("Ann Poe said and " * 5_000 + "added: “We opened every drawer.”")
    assert (found.speaker, found.words) == ("", "We opened every drawer.")


@given(st.text(alphabet='a “”".,!?\ue000\ue001\ue002A', max_size=60))
def test_blanking_keeps_every_place(text: str) -> None:
    found = quotations(text)
    masked = blanked(text, found)
    assert len(masked) == len(text)
    assert all(text[one.start] in '“"' for one in found)
    covered = "".join(masked[one.start : one.end] for one in sentences(masked, found))
    assert covered.split() == masked.split()


# Read off the page by a person: paragraph, speaker's surname, quoted, and the first 16 figures of the SHA-256 of
# speaker, outlet and words. Nothing of the page itself may stand here.
REAL: list[tuple[int, str, bool, str, str, str]] = [
    (4, "", True, "", "bfcadc0c048e4eb1", "f2aa35631b89cbe4"),
    (6, "Sessions", True, "f993fe60ec13c83f", "", "80ed690d0c17d8d0"),
    (7, "", True, "bb13a1151c4f36cf", "", "e8dda55f33f1c96d"),
    (11, "Duckworth", True, "c5a8b898e64ab665", "", "ae9dae3275ca188e"),
    (13, "Emanuel", True, "92f208089c186936", "", "cb35cc3c40ad394b"),
    (15, "Emanuel", True, "92f208089c186936", "", "49a4db2e663826f6"),
    (18, "Orrick", False, "7137863afda3dbad", "", "113d853992bef5c2"),
]  # fmt: skip


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared samples are not beside the project")
def test_a_real_page() -> None:
    (path,) = SHARED.glob("*.txt")
    found = statements(from_text(path.read_text(encoding="utf-8")))
    surnames = {row[1] for row in REAL}
    assert [
        (
            one.paragraph,
            _surname(one.speaker, surnames),
            one.quoted,
            _hash(one.speaker),
            _hash(one.through),
            _hash(one.words),
        )
        for one in found
    ] == REAL


def _surname(speaker: str, known: set[str]) -> str:
    last = speaker.split()[-1] if speaker else ""
    return last if last in known else ""


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:16] if words else ""
