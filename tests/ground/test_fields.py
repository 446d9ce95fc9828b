"""The field catalogue: complete, without clashes, and able to read the headers vendors write."""

from __future__ import annotations

import pytest

from tecum.errors import ProfileUnknown
from tecum.fields import _ALIASES, ALIASES, CATALOGUE, PROFILES, FieldType, key_of, profile, squeezed


def test_every_field_says_what_it_is() -> None:
    for key, field in CATALOGUE.items():
        assert field.key == key
        assert field.meaning
        assert field.rows
        assert field.filler


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_profiles_are_whole(name: str) -> None:
    one = profile(name)
    assert len(set(one.fields)) == len(one.fields) == len(set(one.headers))
    assert set(one.required) <= set(one.fields) <= set(CATALOGUE)
    assert one.fields[0] == "BEGBATES"
    assert one.revision in one.wording
    assert not {"certified", "compliant"} & set(one.wording.split())
    assert len({one.separator, one.qualifier, one.newline, one.multi, one.nested}) == 5


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_our_own_headers_read_back_as_themselves(name: str) -> None:
    one = profile(name)
    assert [key_of(one.header(key)) for key in one.fields] == list(one.fields)


def test_no_alias_has_two_meanings() -> None:
    said = [(squeezed(alias), key) for key, row in _ALIASES.items() for alias in row.split(",")]
    assert {alias for alias, _ in said} <= set(ALIASES)
    for alias, key in said:
        assert ALIASES[alias] == key, alias
    assert set(_ALIASES) <= set(CATALOGUE)


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Control Number", "BEGBATES"), ("DOCID", "BEGBATES"), ("BATES_NUMBER", "BEGBATES"),
        ("CONTROLNUMBER", "BEGBATES"), ("FIRSTBATES", "BEGBATES"), ("BEGDOC#", "BEGBATES"),
        ("LASTBATES", "ENDBATES"), ("Group Identifier", "GROUPID"), ("Parent Document ID", "PARENT_BATES"),
        ("PARENTDOCID", "PARENT_BATES"), ("ATTCHIDs", "CHILD_BATES"), ("FILE_PATH", "NATIVELINK"),
        ("File Path", "NATIVELINK"), ("NATIVE_PATH", "NATIVELINK"), ("DOCLINK", "NATIVELINK"),
        ("TEXT_PATH", "TEXTLINK"), ("OCRPATH", "TEXTLINK"), ("Extracted Text", "TEXTLINK"),
        ("IMAGE_PATH", "IMAGELINK"), ("DATE_SENT", "DATESENT"), ("custdian", "CUSTODIAN"),
        ("number of attachments", "ATTACHCOUNT"), ("MD5 Hash", "MD5HASH"), ("Page Count", "PGCOUNT"),
        ("REDACTION_REASON", "REDACTIONTYPE"), ("NATIVE_WITHHELD", "NATIVEWITHHELD"),
        ("BEGATTY", None), ("Artifact ID", None), ("", None),
    ],
)  # fmt: skip
def test_headers_of_other_vendors(header: str, key: str | None) -> None:
    assert key_of(header) == key


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(ProfileUnknown) as caught:
        profile("sce")
    assert "default" in caught.value.remedy


def test_multi_value_fields_are_where_several_may_stand() -> None:
    for key in ("TO", "CC", "BCC", "ALLCUSTODIAN", "ALLPATHS", "CHILD_BATES", "REQUESTNO", "ATTACHNAMES"):
        assert CATALOGUE[key].type is FieldType.MULTI
