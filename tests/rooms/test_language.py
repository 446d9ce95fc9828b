"""The language of a document: what is told, what is left open, and that a second language is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from piles import mail, matter_of, png, write
from tecum import verbs
from tecum.analysis import identifier, languages, study

SPANISH = "El consejo municipal se reunió el martes para tratar el presupuesto y las obras de la calle del molino. "
ENGLISH = "The town council met on Tuesday to discuss the budget and the works on the road by the old mill. "
SAMPLES = {
    "en": ENGLISH,
    "es": SPANISH,
    "de": "Der Gemeinderat hat am Dienstag über den Haushalt und die Bauarbeiten an der Mühlenstraße beraten. ",
    "fr": "Le conseil municipal s'est réuni mardi pour discuter du budget et des travaux de la rue du moulin. ",
    "vi": "Hội đồng thành phố đã họp hôm thứ ba để thảo luận về ngân sách và công trình trên con đường cũ. ",
    "zh": "市议会星期二开会讨论预算和磨坊路的工程，并决定在雨季之前关闭这条道路，以便修理塌陷的涵洞。",
    "ru": "Городской совет собрался во вторник, чтобы обсудить бюджет и работы на улице у старой мельницы. ",
    "ar": "اجتمع مجلس المدينة يوم الثلاثاء لمناقشة الميزانية والأشغال على الطريق بجانب الطاحونة القديمة. ",
}


@pytest.mark.parametrize(("code", "text"), SAMPLES.items())
def test_languages(code: str, text: str) -> None:
    row = languages.row(text * 2)
    assert row["language"] == code
    assert row["confidence"] > 70
    assert row["others"] == "{}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "FYI",
        "12 345 678 90",
        "See attached.",
        "a@b.example http://c.example/d www.e.example " * 20,
        "x1 y2 " * 50,
    ],
)
def test_too_little_text_is_left_open(text: str) -> None:
    assert languages.row(text) == {"language": "und", "confidence": 0, "others": "{}"}


def test_a_second_language_is_named_with_its_share() -> None:
    row = languages.row(ENGLISH * 12 + SPANISH * 6)
    assert row["language"] == "en"
    assert set(json.loads(row["others"])) == {"es"}
    assert 20 <= json.loads(row["others"])["es"] <= 45
    assert row["confidence"] < 80, "what is half of a text is not all of it"


def test_quoted_text_in_another_language_counts_too() -> None:
    row = languages.row(SPANISH * 6 + "\n" + "\n".join(f"> {ENGLISH}" for _ in range(5)))
    assert {row["language"], *json.loads(row["others"])} == {"es", "en"}


def test_the_listing_has_every_document(tmp_path: Path, one_day: None) -> None:
    files = {"a.eml": mail("Hola", SPANISH * 3), "b.txt": (ENGLISH * 3).encode(), "c.png": png(), "d.txt": b""}
    pile = write(tmp_path / "pile", files)
    with matter_of(tmp_path / "matter") as matter:
        verbs.ingest(matter, [("ann", pile)])
        study.run(matter)
        paths = [row["path"] for row in verbs.documents(matter)]
        rows = list(languages.listing(matter))
        assert dict(zip(paths, (row["language"] for row in rows), strict=True)) == {
            "a.eml": "es",
            "b.txt": "en",
            "c.png": "und",
            "d.txt": "und",
        }
        assert study.run(matter) == 0, "what was studied is not studied again"


def test_many_pieces_at_once_are_told_as_the_library_tells_each() -> None:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    library = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    whole = "".join(SAMPLES.values())
    pieces = [
        *SAMPLES.values(),
        "",
        "q",
        ENGLISH.upper(),
        "\ud800",
        "é",
        "e\u0301t\u0301",
        "for (i = 0; i < n; i++) {}",
    ]
    pieces += [whole[start : start + size] for start in range(0, len(whole), 37) for size in (5, 60, 300)]
    for piece, (code, probability) in zip(pieces, identifier.classify(pieces), strict=True):
        wanted, sure = library.classify(piece.encode("utf-8", "replace"))
        assert (code, probability) == (wanted, pytest.approx(sure, abs=1e-4)), piece


def test_a_piece_is_told_the_same_in_any_company() -> None:
    alone = [identifier.classify([piece])[0] for piece in SAMPLES.values()]
    assert identifier.classify(list(SAMPLES.values())) == alone
    assert identifier.classify([ENGLISH * 3, *reversed(SAMPLES.values())])[1:] == alone[::-1]
    assert identifier.classify([]) == []
    identifier.forget()
    assert identifier.classify(list(SAMPLES.values())) == alone, "read again after it was given back"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("> > ann@town.example wrote", "wrote"),
        (">bob@town.example", ""),
        ("see http://a.example/b?c (www.d.example), please", "see please"),
        ("[cid:image001.png@1] and acid:rain", "and a"),
        ("[cid:logo] room x12y, 3rd floor, v2", "room floor,"),
        ("under_score4 stays_here", "under_ stays_here"),
        ("  > quoted\n>> twice\nnot > here", "quoted twice not > here"),
    ],
)
def test_what_tells_no_language_is_left_out(text: str, cleaned: str) -> None:
    filler = "\nwords that tell the language of this line"
    (piece, letters), *_ = languages.pieces(text + filler)
    assert piece == f"{cleaned} {filler.strip()}".strip()
    assert letters == sum(map(str.isalpha, piece))
