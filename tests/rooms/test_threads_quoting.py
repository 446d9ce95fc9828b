"""A mail's text taken apart, and what names, times, subjects and Exchange's index say."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tecum.analysis import authors, exchange, moments, quoting, replyheaders, shingles, subjects

MARCH_14 = moments.minute_of("2017-03-14T14:26:53Z")


# -- reply headers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "author"),
    [
        ("On Tue, Mar 14, 2017 at 9:26 AM, Ann Poe <ann@town.example> wrote:", "Ann Poe <ann@town.example>"),
        ("On Tue, Mar 14, 2017 at 9:26 AM, Ann Poe\n<ann@town.example> wrote:", "Ann Poe <ann@town.example>"),
        ("On 14/03/2017 09:26, Ann Poe wrote:", "Ann Poe"),
        ("On 2017-03-14 09:26:53 -0500, Poe, Ann wrote:", "Poe, Ann"),
        ("Ann Poe <ann@town.example> wrote on 03/14/2017 09:26 AM:", "Ann Poe <ann@town.example>"),
        ("Am 14.03.2017 um 09:26 schrieb Ann Poe:", "Ann Poe"),
        ("Le 14 mars 2017 à 09:26, Ann Poe a écrit :", "Ann Poe"),
        ("El 14 de mar de 2017, a las 09:26, Ann Poe <ann@town.example> escribió:", "Ann Poe <ann@town.example>"),
        ("Il giorno 14 marzo 2017 09:26, Ann Poe ha scritto:", "Ann Poe"),
        ("Op 14 mrt. 2017 om 09:26 schreef Ann Poe:", "Ann Poe"),
        ("Em 14 de mar de 2017 09:26, Ann Poe escreveu:", "Ann Poe"),
        ("Den 14 mars 2017 kl. 09:26 skrev Ann Poe:", "Ann Poe"),
        (
            "-----Original Message-----\nFrom: Ann Poe\nSent: Tuesday, March 14, 2017 9:26 AM\nTo: Bob\nSubject: X",
            "Ann Poe",
        ),
        (
            "________________________________\nFrom: Ann Poe\nSent: 14 March 2017 09:26\nTo: Bob\nSubject: X",
            "Ann Poe",
        ),
        (
            "From: Ann Poe [mailto:ann@town.example]\nDate: March 14, 2017 at 9:26:53 AM EDT\nTo: Bob",
            "Ann Poe [mailto:ann@town.example]",
        ),
        (
            "*From:* Ann Poe\n*Sent:* Tuesday, March 14, 2017 9:26 AM\n*To:* Bob;\n Cyd Low\n*Cc:* Eve\n*Subject:* X",
            "Ann Poe",
        ),
        ("Von: Ann Poe\nGesendet: Dienstag, 14. März 2017 09:26\nAn: Bob\nBetreff: X", "Ann Poe"),
        ("De : Ann Poe\nEnvoyé : mardi 14 mars 2017 09:26\nÀ : Bob\nObjet : X", "Ann Poe"),
        ("De: Ann Poe\nEnviado el: martes, 14 de marzo de 2017 9:26\nPara: Bob\nAsunto: X", "Ann Poe"),
        ("Begin forwarded message:\n\nFrom: Ann Poe\nDate: 14 March 2017 09:26\nTo: Bob\nSubject: X", "Ann Poe"),
        (
            "---------- Forwarded message ----------\nFrom: Ann Poe\nDate: 2017-03-14 9:26 GMT-5\nSubject: X\nTo: B",
            "Ann Poe",
        ),
        (
            "---------------------- Forwarded by Ann Poe/Town on 03/14/2017 09:26 AM ----------------------",
            "Ann Poe/Town",
        ),
        ("Ann Poe\n03/14/2017 09:26 AM\nTo: Bob Roe/Town\ncc: \nSubject: X", "Ann Poe"),
        ("发件人: Ann Poe\n发送时间: 2017年3月14日 9:26\n收件人: Bob\n主题: X", "Ann Poe"),
    ],
)  # fmt: skip
def test_reply_headers(header: str, author: str) -> None:
    text = f"My answer.\n\n{header}\n\nThe words of the first mail.\n"
    taken = quoting.parts(text)
    (first,) = taken.quoted
    assert (first.author, quoting.letters(taken.own_text)) == (author, "myanswer")
    assert first.letters == len("thewordsofthefirstmail")
    assert first.moment and (first.moment.exact or first.moment.may_be(MARCH_14 or 0))


@pytest.mark.parametrize(
    "words",
    [
        "As Bob wrote:\nI disagree with all of it.",
        "From: here on we go.\nTo: be sure.",
        "From: the mayor\nSubject: to approval\n",
        "______________________\nAnn Poe\nCity Clerk",
        "The agenda:\nTo: do list",
    ],
)
def test_what_looks_like_a_reply_header_and_is_none(words: str) -> None:
    taken = quoting.parts(f"Hello.\n\n{words}\n\nBye.\n")
    assert taken.quoted == ()
    assert quoting.letters(taken.own_text) == quoting.letters(f"Hello. {words} Bye.")


def test_layers_of_both_kinds_in_one_mail() -> None:
    text = (
        "Newest.\n\nOn 14 March 2017 09:26, Bob wrote:\n> Second, marked.\n>\n> On 13 March 2017 08:00, Cyd wrote:\n"
        ">> Third, marked twice.\n> Second goes on.\nNewest goes on.\n-----Original Message-----\n"
        "From: Dan\nSent: 12 March 2017 07:00\nTo: x\nSubject: y\n\nFourth.\n________________________________\n"
        "From: Eve\nSent: 11 March 2017 06:00\nTo: x\nSubject: y\n\nFifth.\n"
    )
    taken = quoting.parts(text)
    assert quoting.letters(taken.own_text) == "newestnewestgoeson"
    assert [one.author for one in taken.quoted] == ["Bob", "Cyd", "Dan", "Eve"]
    assert [quoting.letters(one) for one in taken.quoted_texts] == [
        "secondmarkedsecondgoeson",
        "thirdmarkedtwice",
        "fourth",
        "fifth",
    ]
    assert [one.marked for one in taken.quoted] == [True, True, False, False]


def test_who_quotes_everything_has_the_tail_of_it() -> None:
    first = "The first.\n"
    second = f"The second.\n\nOn 14 March 2017 09:26, Ann wrote:\n> {first}"
    third = "The third.\n\nOn 15 March 2017 09:26, Bob wrote:\n" + "".join(
        f"> {line}\n" for line in second.rstrip("\n").split("\n")
    )
    tails = [quoting.parts(text).own.tail for text in (first, second)]
    assert tails[0] in {one.tail for one in quoting.parts(second).quoted}
    assert set(tails) <= {one.tail for one in quoting.parts(third).quoted}
    edited = third.replace("The second", "The seconds")
    assert tails[1] not in {one.tail for one in quoting.parts(edited).quoted}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(["> ", ">> ", "", "On 1 May 2017 10:00, Al wrote:", "From: a", "Sent: 1 May 2017 10:00",
    "To: b", "words", "more", "-----Original Message-----", "_____________", "Subject: s"]), max_size=25))  # fmt: skip
def test_no_words_are_lost_or_said_twice(pieces: list[str]) -> None:
    """Whatever the layout, all words are in one segment each, and only reply headers are left out."""
    text = "\n".join(
        f"{piece} w{n}x" if piece in ("> ", ">> ", "words", "more") else piece for n, piece in enumerate(pieces)
    )
    taken = quoting.parts(text)
    found = shingles.words(" ".join((taken.own_text, *taken.quoted_texts)))
    for n, piece in enumerate(pieces):
        if piece in ("> ", ">> "):
            assert found.count(b"w%dx" % n) == 1
        elif piece in ("words", "more"):
            assert found.count(b"w%dx" % n) <= 1


_PIECES = [
    "On 14 March 2017 at 9:26, Ann", "<ann@town.example> wrote:", "Al schrieb：", "From: a", "*Von:* b", "_From_ : c",
    "|To: x", "To: b", "  cc: d", "Sent: 1 May 2017 10:00", "Subject: s", "Ann Poe on 03/14/2017 09:26 AM", "вт: from",
    "-----Original Message-----", "_____________", "--", "* item", "words: more", "words", "", " ", "12:30", "кому: вы",
    "Begin forwarded message:", "TO\u00a0: someone", "\u212aopie: k", "差出人： x",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from((0, 0, 0, 1)), st.sampled_from(_PIECES)), max_size=14))
def test_no_reply_header_begins_but_at_the_places_that_are_looked_at(lines: list[tuple[int, str]]) -> None:
    places = replyheaders.places(lines)
    elsewhere = [n for n in range(len(lines)) if n not in places and replyheaders.find(lines, n)]
    assert not elsewhere


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(st.characters(max_codepoint=127), max_size=80), st.text(max_size=80)))
def test_letters_and_words_of_ascii_are_those_of_any_text(text: str) -> None:
    """The quick way that plain text takes gives what the long way gives: a letter without a plain form forces that."""
    assert quoting.letters(text) == quoting.letters(f"{text} ж")[:-1]
    assert shingles.words(text) == shingles.words(f"{text} ж")[:-1]
    assert b"".join(shingles.words(text)).decode("utf-8", "replace") == quoting.letters(text)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_taken_apart(text: str) -> None:
    taken = quoting.parts(text)
    assert quoting.unpacked(quoting.packed(taken)) == [taken.own, *taken.quoted[: quoting.MOST]]


def test_five_thousand_levels_cost_what_their_length_costs() -> None:
    header = "-----Original Message-----\nFrom: a{0}\nSent: March 13, 2017 4:05 PM\nTo: b\nSubject: x\n\ntext {0}\n\n"
    taken = quoting.parts("".join(header.format(n) for n in range(5000)))
    assert len(taken.quoted) == 5000
    assert len(quoting.unpacked(quoting.packed(taken))) == quoting.MOST + 1
    assert len(quoting.parts("".join(">" * n + f" text {n}\n" for n in range(1, 800))).quoted) == 799


def test_find_does_not_run_on(recwarn: pytest.WarningsRecorder) -> None:
    """A block of labels ends: a long list after "To:" costs no more than its look ahead."""
    lines = [(0, "From: a"), *[(0, "someone;")] * 10_000, (0, "Sent: March 13, 2017 4:05 PM"), (0, "To: b")]
    assert replyheaders.find(lines, 0) is None


# -- moments ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_that", "exact"),
    [
        ("Tue, Mar 14, 2017 at 9:26 AM", True, False),
        ("14/03/17 09:26", True, False),
        ("3/14/2017 2:26 PM", True, False),
        ("2017-03-14 14:26 UTC", True, True),
        ("14 Mar 2017 09:26:53 -0500", True, True),
        ("14 Mar 2017 09:26:53 -0600", False, True),
        ("14 March 2017 09:27", False, False),  # no zone lies a minute off... rounded: one is allowed
        ("14 March 2017 09:33", False, False),
        ("16 March 2017 09:26", False, False),
        ("14. März 2017 um 15:26", True, False),
        ("2017年3月14日 22:26", True, False),
    ],
)
def test_moments(text: str, is_that: bool, exact: bool) -> None:
    moment = moments.read(text)
    allowed = is_that or text.endswith("09:27")
    assert (moment.may_be(MARCH_14 or 0), moment.exact) == (allowed, exact)


@pytest.mark.parametrize(
    "text", ["", "14 March 2017", "9:26", "99/99/2017 9:26", "14 Blah 2017 9:26", "13:45 PM 1/2/17"]
)
def test_what_is_no_moment_is_not_guessed(text: str) -> None:
    assert not moments.read(text)


@settings(max_examples=100, deadline=None)
@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2099, 12, 31)), st.integers(-12 * 4, 14 * 4))
def test_a_local_time_in_any_zone_may_be_the_moment(when: dt.datetime, quarters: int) -> None:
    local = when + dt.timedelta(minutes=15 * quarters)
    minute = moments.minute_of(when.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert minute is not None
    assert moments.read(f"{local:%B} {local.day}, {local.year:04d} {local:%H:%M}").may_be(minute)
    assert not moments.read(f"{local:%B} {local.day}, {local.year:04d} {local:%H:%M}").may_be(minute + 7)


# -- names, subjects, index ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quoted", "sender", "verdict"),
    [
        ("Ann Poe <ann@town.example>", "Ann Poe <ann@town.example>", True),
        ("Poe, Ann (Clerk)", "Ann Poe <ann@town.example>", True),
        ("ann at town.example", "Ann Poe <ann@town.example>", True),
        ("Ann Poe <ann@home.example>", "Ann Poe <ann@town.example>", True),
        ("Bob Roe", "Ann Poe <ann@town.example>", False),
        ("bob@town.example", "Ann Poe <ann@town.example>", False),
        ("Roe", "broe@town.example", True),
        ("", "Ann Poe <ann@town.example>", None),
        ("12/3", "Ann Poe <ann@town.example>", None),
    ],
)
def test_authors(quoted: str, sender: str, verdict: bool | None) -> None:
    assert authors.agree(quoted, sender) is verdict


@pytest.mark.parametrize(
    ("subject", "base", "reply"),
    [
        ("Budget", "budget", False),
        ("Re: Budget", "budget", True),
        ("RE: [list] Fwd:  Budget   2017 (fwd)", "budget 2017", True),
        ("AW: WG: Budget", "budget", True),
        ("Re[2]: Budget", "budget", True),
        ("Réf : Budget", "réf : budget", False),
        ("[URGENT]", "[urgent]", False),
        ("Report: Budget", "report: budget", False),
        ("Ｒｅ： 予算", "予算", True),
        ("", "", False),
    ],
)
def test_subjects(subject: str, base: str, reply: bool) -> None:
    assert subjects.base(subject) == (base, reply)


def index(*replies: bytes, extra: bool = False, six: bool = False, year: int = 2017) -> str:
    """A conversation index made by [MS-OXOMSG] 2.2.1.3."""
    ticks = int((dt.datetime(year, 3, 14) - dt.datetime(1601, 1, 1)).total_seconds() * 10_000_000)
    time = ticks.to_bytes(8, "big")[:6] if six else b"\1" + ticks.to_bytes(8, "big")[:5]
    return base64.b64encode(b"\1" * extra + time + bytes(range(16)) + b"".join(replies)).decode()


def test_the_conversation_index() -> None:
    guid = bytes(range(16)).hex()
    reply = b"\x80abcd"
    assert exchange.place(index()) == exchange.Place(guid, "")
    assert exchange.place(index(reply, reply)) == exchange.Place(guid, (reply + reply).hex())
    assert exchange.place(index(six=True)) == exchange.Place(guid, "")
    assert exchange.place(index(reply, extra=True)) == exchange.Place(guid, reply.hex())
    assert exchange.place(bytes.fromhex(base64.b64decode(index()).hex()).hex()) == exchange.Place(guid, "")
    for wrong in ("", "not base64 at all!", index()[:-8], index(b"abc"), index(year=1700), "AAAA"):
        assert exchange.place(wrong) is None, wrong


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([b"a", b"b", b"c", b"d", b"e", b"f", b"g"]), min_size=8, max_size=40), st.integers(0, 30)
)
def test_a_run_of_eight_words_leaves_a_common_fingerprint(run: list[bytes], before: int) -> None:
    one = shingles.fingerprints(shingles.shingles([b"x%d" % n for n in range(before)] + run))
    other = shingles.fingerprints(shingles.shingles([*run, *(b"y%d" % n for n in range(before))]))
    assert set(one.tolist()) & set(other.tolist())
