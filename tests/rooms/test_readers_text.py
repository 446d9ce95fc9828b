"""Text, markup, calendars, cards and pictures."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reading_of import Reading, reading_of

from tecum.processing.identify import identify
from tecum.processing.readers import charset, html, text

# -- character sets ----------------------------------------------------------------------------------------

letters = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\ufeff", exclude_categories=("Cs", "Cc")), min_size=1
)


@given(letters, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]))
def test_unicode_is_found_without_being_declared(words: str, codec: str) -> None:
    latin = "The minutes of the meeting: " + words if codec == "utf-16-le" else words
    if codec == "utf-16-le" and len(words) > 10:
        latin = "The minutes of the meeting. " * len(words) + words
    assert charset.decode(latin.encode(codec)) == (latin, "")


@given(
    st.binary(max_size=500), st.sampled_from(["", "utf-8", "us-ascii", "utf-16", "x-odd", "idna", "gb2312", "utf-7"])
)
def test_any_bytes_become_text(data: bytes, declared: str) -> None:
    words, note = charset.decode(data, declared)
    assert isinstance(words, str) and (note == "" or declared)


@pytest.mark.parametrize(
    ("words", "codec"),
    [
        ("Die Größe des Flusses über dem Pegel", "cp1252"),
        ("Протокол заседания городского совета и приложения к нему", "cp1251"),
        ("議事録を添付しますのでご確認ください。よろしくお願いいたします。", "cp932"),
    ],
)
def test_older_sets_are_guessed(words: str, codec: str) -> None:
    assert charset.decode((words * 3).encode(codec))[0] == words * 3


def test_a_wrong_declaration_is_told() -> None:
    assert charset.decode("Größe".encode("cp1252"), "utf-8") == ("Größe", "not valid 'utf-8'; read as cp1252")


# -- plain text --------------------------------------------------------------------------------------------


def test_text_of_any_size_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_PIECE", 7)
    words = "The river Größe €\n" * 50
    for codec in ("utf-8", "utf-16", "cp1252"):
        assert reading_of(words.encode(codec), kind="text").text_said == words
    late = b"plain ascii " * 20_000 + "Größe".encode("cp1252")
    monkeypatch.setattr(text, "_PIECE", 1 << 16)
    assert reading_of(late, kind="text").text_said.endswith("Größe")


def test_five_mebibytes_of_text() -> None:
    said = reading_of(b"0123456789abcde\n" * (5 << 16), "big.log")
    assert len(said.text_said) == 5 << 20 and not said.problems


def test_tables_keep_every_cell() -> None:
    data = b'name,note\n"Lee, Ann","said ""no"""\n'
    assert reading_of(data, "t.csv").text_said == data.decode()


def test_bytes_that_are_no_text() -> None:
    assert reading_of(bytes(range(256)) * 20, kind="text").stopped == "UNSUPPORTED"


# -- html --------------------------------------------------------------------------------------------------


def page(markup: str) -> html.Page:
    return html.to_text(markup)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one<p>two<div>three</div>four", "one\ntwo\nthree\nfour\n"),
        ("one<br>two", "one\ntwo\n"),
        ("a <b>b</b><i>c</i>\n d", "a bc d\n"),
        ("<table><tr><td>a<td>b</tr><tr><td><p>c</p></td><td>d</td></tr></table>e", "a\tb\nc\td\ne\n"),
        ("<ul><li>x</li><li>y</li></ul>", "x\ny\n"),
        ("<pre>a\n  b</pre>", "a\n  b\n"),
        ("<script>no()</script><style>p{}</style><!-- no -->yes<template>no</template>", "yes\n"),
        ("<img alt='the seal'> <input value='typed'><input type=hidden value=no>", "the seal typed\n"),
        ("<a href='http://x.example/a'>here</a>.", "here.\n<http://x.example/a>\n"),
        ("<p>the <a href='http://x.example/a'>Town</a> clerk<p>z", "the Town clerk\n<http://x.example/a>\nz\n"),
        ("<a href='http://x.example/'>x.example</a>", "x.example\n"),
        ("<a href='mailto:a@x.example'>write</a> <a href='#top'>up</a>", "write <mailto:a@x.example> up\n"),
        ("a&nbsp;&lt;b&gt;&#8364;", "a\xa0<b>€\n"),
        ("<iframe srcdoc='&lt;p&gt;inner&lt;/p&gt;'></iframe>", "inner\n"),
        ("", ""),
    ],
)
def test_what_a_page_shows(markup: str, text: str) -> None:
    assert page(markup).text == text


def test_what_a_page_hides_is_kept_and_flagged() -> None:
    veiled = page("<p hidden>a</p><p style='Display : none'>b</p><p style='mso-hide:all'>c</p>")
    assert veiled.text == "[hidden: a]\n[hidden: b]\n[hidden: c]\n"
    assert page("<p>im<i style='font-size:0'>x <b>y</b></i>migration office<p>z").text == (
        "immigration office\n[hidden: x y]\nz\n"
    )
    assert page("a<p hidden>b</p>").hidden and not page("<p style='font-size:0.9em'>a<p hidden> </p>").hidden
    assert not page("<p style='line-max-height:0'>a").hidden
    head = b"<html><head><title> The\n title</title><meta name=author content='Ann'></head>"
    said = reading_of(head + b"<p hidden>x", "a.htm")
    assert said.fields == {"title": "The title", "author": "Ann", "hidden": ["hidden text"]}


def test_comments_of_the_source_are_no_text_but_told() -> None:
    said = reading_of(
        b"<html><!--[if gte mso 9]><xml>a b</xml><![endif]--><p>a<!-- drop this line --><!--nav-->", "a.htm"
    )
    assert said.text_said == "a\n" and said.fields["hidden"] == ["comments in the source: 1"]
    assert "hidden" not in reading_of(b"<html><!--[if gte mso 9]>a b<![endif]--><p>a", "a.htm").fields


def test_the_charset_of_a_page() -> None:
    cyrillic = "<html><meta charset=windows-1251><p>Город".encode("cp1251")
    assert reading_of(cyrillic, "a.html").text_said == "Город\n"
    assert reading_of("<html><p>Город".encode("koi8-r"), "a.html", charset="koi8-r").text_said == "Город\n"
    assert reading_of("\ufeff<html><p>Город".encode("utf-16-le"), "a.html").text_said == "Город\n"


def test_depth_costs_no_square() -> None:
    said = reading_of(b"<div>" * 50_000 + b"deep", kind="html")
    assert said.text_said.strip() == "deep" and said.codes == {"PARTIAL"}
    assert page("<li>" * 20_000 + "x").text == "x\n"


# -- rtf ---------------------------------------------------------------------------------------------------


def rtf(body: bytes) -> Reading:
    fonts = rb"{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}}"
    return reading_of(rb"{\rtf1\ansi\ansicpg1252\deff0" + fonts + body + b"}", "a.rtf")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"one\par two\tab three\line four", "one\ntwo\tthree\nfour"),
        (rb"caf\'e9 \u8364? \uc2\u8364\'80x\uc1 y", "café € €y"),
        (rb"{\f1 \'c3\'ee\'f0\'ee\'e4} \f0 x", "Город x"),
        (rb"\u-10179?\u-8694? ok", "\U0001f60a ok"),
        (rb"a\~b\_c\-d \{\}\\ \ldblquote q\rdblquote\emdash", "a b-cd {}\\ “q”\u2014"),
        (rb"body{\footnote note} more{\*\annotation remark}", "body more\nnote\n[comment: remark]"),
        (rb"{\header top}{\footerr foot}text", "text\ntop\nfoot"),
        (rb"{\*\unknown hidden}{\pict 89504e47}{\stylesheet{\s0 Normal;}}seen", "seen"),
        (rb"a\cell b\cell\row c", "a\tb\t\nc"),
        (rb"{\shp{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt in a box}}}out", "out\nin a box"),
        (rb"pre\bin3 {}}post", "prepost"),
    ],
)
def test_every_word_of_rtf(body: bytes, text: str) -> None:
    said = rtf(body)
    assert said.text_said.strip("\n") == text and not said.problems


def test_a_link_of_rtf_keeps_its_target() -> None:
    said = rtf(rb'{\field{\*\fldinst{HYPERLINK "http://x.example/a" }}{\fldrslt{\b here}}} on')
    assert said.text_said == "here on\n<http://x.example/a>\n"
    mail = rtf(rb'{\field{\*\fldinst{HYPERLINK "mailto:jo@b.example" }}{\fldrslt Jo}} on')
    assert mail.text_said == "Jo <jo@b.example> on\n"
    assert rtf(rb'{\field{\*\fldinst{HYPERLINK "#top"}}{\fldrslt up}} on').text_said == "up on\n"


def test_hexadecimal_over_lines_and_signs() -> None:
    said = rtf(b"{\\object{\\*\\objdata 0105\r\n0000\n0102}}{\\pict 0a\n0b\n}on")
    assert said.members == [("object001", b"\1\5\0\0\1\2", {})] and said.text_said == "on\n"


def test_the_properties_and_secrets_of_rtf() -> None:
    info = rb"{\info{\title Bud\'e9}{\author Ann}{\creatim\yr2018\mo1\dy8\hr9\min30}{\subject s}}"
    said = rtf(info + rb"seen {\v secret} {\deleted gone}")
    assert said.text_said == "seen  \n[hidden: secret]\n[deleted: gone]\n"
    assert said.fields == {
        "title": "Budé",
        "author": "Ann",
        "subject": "s",
        "created": "2018-01-08T09:30:00",
        "hidden": ["hidden text", "tracked changes"],
    }


def test_who_changed_and_commented_in_rtf() -> None:
    day = (2018 - 1900) << 20 | 1 << 16 | 24 << 11
    stamp = str(day).encode()
    said = rtf(
        rb"{\*\revtbl{Unknown;}{Ann;}}super{\*\atnid B}{\*\atnauthor Bob}{\*\annotation{\*\atndate "
        + stamp
        + rb"}why?}"
        rb"cali{\revised\revauth1\revdttm"
        + stamp
        + rb" new}{\deleted\revauthdel1\revdttmdel"
        + stamp
        + rb" old}\par next"
    )
    assert said.text_said.split("\n") == [
        "supercalinew",
        "[inserted by Ann on 2018-01-24: new]",
        "[deleted by Ann on 2018-01-24: old]",
        "[comment by Bob on 2018-01-24: why?]",
        "next",
        "",
    ]
    assert said.fields["hidden"] == ["comments", "tracked changes"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (rb"{\info{\comment Writer}}kept", "kept"),
        (rb"{\b0\*\cs7 in the middle of a group}", "in the middle of a group"),
        (rb"{\upr{as ??}{\*\ud{as \u1043?\u1086?}}}", "as Го"),
        (rb"{\shp{\*\shpinst{\sp{\sn gtextUNICODE}{\sv DRAFT}}}}x", "x\nDRAFT"),
        (rb"{\*\shppict{\pict{\*\picprop{\sp{\sn wzDescription}{\sv a seal}}}00ff}}x", "x\n[picture: a seal]"),
        (rb"word{\xe entry}s", "words\n[index entry: entry]"),
        (rb"{\f1 \'98x}", "\u02dcx"),
    ],
)
def test_what_else_rtf_holds(body: bytes, text: str) -> None:
    said = rtf(body)
    assert said.text_said.strip("\n") == text and not said.problems


def test_an_object_of_rtf_becomes_a_member() -> None:
    packed = b"\2\0plan.txt\0C:\\plan.txt\0\0\0\3\0" + struct.pack("<I", 2) + b"t\0" + struct.pack("<I", 5) + b"hello"
    data = struct.pack("<3I", 1, 2, 8) + b"Package\0" + struct.pack("<3I", 0, 0, len(packed)) + packed
    said = rtf(rb"{\object\objemb{\*\objdata " + data.hex().encode() + rb"}{\result icon}}")
    assert said.members == [("plan.txt", b"hello", {})] and said.text_said == "icon\n"


def test_rtf_cut_short_is_told() -> None:
    said = reading_of(rb"{\rtf1 begun {\b and", "a.rtf")
    assert said.text_said == "begun and\n" and said.codes == {"PARTIAL"}


@given(st.binary(max_size=200))
def test_no_rtf_raises(data: bytes) -> None:
    reading_of(b"{\\rtf1 " + data, kind="rtf")


# -- xml, calendars, cards ---------------------------------------------------------------------------------


def test_xml_gives_text_and_attributes() -> None:
    said = reading_of(b'<?xml version="1.0"?><!-- no --><sms to="Ann" xmlns:x="u"><b>one</b> two <c n="3"/></sms>')
    assert said.text_said == "Ann\none\ntwo\n3\n" and not said.problems


def test_xml_in_other_sets_and_with_entities() -> None:
    assert (
        reading_of('<?xml version="1.0" encoding="windows-1251"?><a>Город</a>'.encode("cp1251")).text_said == "Город\n"
    )
    assert reading_of('<?xml version="1.0" encoding="utf-16"?><a>Город</a>'.encode("utf-16")).text_said == "Город\n"
    entities = b'<!DOCTYPE a [<!ENTITY co "Riverton"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    said = reading_of(b'<?xml version="1.0"?>' + entities + b"<a>&co; &f;</a>")
    assert said.text_said.split() == ["Riverton"] and "root:" not in said.text_said


def test_broken_xml_loses_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    said = reading_of(b"<?xml version='1.0'?><a>one<b>two</a>three<c>four", "a.xml")
    assert said.text_said.split() == ["one", "two", "three", "four"] and said.codes == {"PARTIAL"}
    monkeypatch.setattr(text, "_PIECE", 5)
    assert reading_of("<?xml version='1.0'?><a>Größe<b>two</a>three<c>four".encode()).text_said.split()[0] == "Größe"


def test_an_entity_bomb_ends_early() -> None:
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 9))
    said = reading_of(b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "ha">' + entities + b"]><a>&e8;</a>")
    assert said.codes == {"PARTIAL"} and len(said.text_said) < 20_000_000


def test_calendars() -> None:
    said = reading_of(
        b"BEGIN:VCALENDAR\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:no\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n"
        b"SUMMARY:Budget\\, second\r\n  reading\r\nDTSTART;TZID=America/Chicago:20180108T093000\r\n"
        b"ATTACH;VALUE=BINARY;ENCODING=BASE64:aGVs\r\n bG8=\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert said.text_said == "SUMMARY: Budget, second reading\nDTSTART: 20180108T093000\n"
    assert said.fields == {
        "title": "Budget, second reading",
        "start": "2018-01-08T09:30:00",
        "start_zone": "America/Chicago",
    }
    assert said.members[0][1] == b"hello"


def test_cards() -> None:
    said = reading_of(
        b"BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=A4n=\n Doe\nTEL;HOME:555\n"
        b"PHOTO;BASE64:QUJ?\nEND:VCARD\n"
    )
    assert said.fields["title"] == "Jän Doe" and "TEL: 555\n" in said.text_said
    assert len(said.members) == 1


# -- pictures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["PNG", "GIF", "JPEG", "BMP", "TIFF", "WEBP"])
def test_the_size_of_a_picture(form: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (19, 7), "white").save(out, form)
    said = reading_of(out.getvalue())
    assert said.fields == {"width": "19", "height": "7", "pages": "1"}
    assert said.codes == {"EMPTY_TEXT"} and not said.text_said
    kind = identify(out.getvalue(), "").kind
    assert reading_of(out.getvalue()[:9], kind=kind).stopped == "CORRUPT"


def test_the_pages_of_a_fax() -> None:
    out = io.BytesIO()
    pages = [Image.new("1", (8, 8)) for _ in range(3)]
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    assert reading_of(out.getvalue()).fields["pages"] == "3"


SHARED = Path(__file__).parents[3] / "shared/data"


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "mail-containers").is_dir(), reason="the shared samples are not beside the project")
def test_real_mail_files_raise_nothing() -> None:
    read = 0
    for path in sorted((SHARED / "mail-containers").rglob("*")):
        if path.suffix in (".eml", ".mbox"):
            said = reading_of(path.read_bytes(), path.name)
            read += 1
            assert not said.stopped and (said.text_said or said.members or said.fields), path.name
    assert read > 20
