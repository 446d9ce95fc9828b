"""What wrote a source is told from its names and a few heads, with the evidence, and nothing is guessed."""

from __future__ import annotations

import pytest

from tecum.processing.origins import HEADS, recognised


def no_head(path: str) -> bytes:
    return b""


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        (["Takeout/archive_browser.html"], "Google Takeout"),
        (["Takeout/Mail/All mail Including Spam and Trash.mbox"], "Google Takeout"),
        (["case/export-metadata.xml", "case/export-1.zip"], "Google Vault"),
        (["Export_Summary.csv", "Results.csv"], "Microsoft Purview eDiscovery (content search)"),
        (["a/Export Summary 1.8.2018.csv", "a/Exchange/x.pst"], "Microsoft Purview eDiscovery (content search)"),
        (["Export_load_file_1.csv", "NativeFiles/1.msg"], "Microsoft Purview eDiscovery (review set)"),
        (["messages.json", "endpoints.json"], "Microsoft Teams or Skype (a person's own export)"),
        (["users.json", "channels.json", "general/2018-01-08.json"], "Slack export, unpacked"),
        (["chats/a.rsmf"], "Relativity Short Message Format"),
        (["INBOX.mbox/Messages/1.emlx"], "Apple Mail"),
        (["V2/INBOX.mbox/A1/Data/Messages/1.partial.emlx"], "Apple Mail"),
        (["Inbox", "Inbox.msf"], "Mozilla Thunderbird"),
        (["In.mbx", "In.toc"], "Eudora"),
        (["cur/1515.M1.host:2,S"], "a Maildir"),
        (["inbox/.mh_sequences", "inbox/1"], "an MH folder"),
        (["2010-November.txt"], "Mailman (pipermail) list archive"),
    ],
)
def test_exports_by_their_names(paths: list[str], name: str) -> None:
    origins = recognised(paths, no_head)
    assert [origin.name for origin in origins] == [name]
    assert all(any(line.startswith(path) for path in paths) for line in origins[0].evidence)


@pytest.mark.parametrize(
    "paths",
    [
        ["users.json"],
        ["messages.json"],
        ["a-metadata.xml"],
        ["Results.csv"],
        ["2018-01-08.json"],
        ["notes.txt", "cur/x"],
        [],
    ],
)
def test_names_that_anyone_may_give_prove_nothing(paths: list[str]) -> None:
    assert recognised(paths, no_head) == []


def test_first_bytes_tell_where_names_do_not() -> None:
    heads = {
        "all.mbox": b"From x Mon Jan  8 09:30:00 2018\nX-GM-THRID: 1\nX-Gmail-Labels: Inbox\n\n",
        "e.zip": b"PK\3\4..users.json..PK\3\4..channels.json",
        "t.zip": b"PK\3\4..Takeout/Mail/x.mbox",
        "o.mbox": b"From x Mon Jan  8 09:30:00 2018\nSubject: X-Gmail-Labels: none\n\n",
    }
    origins = recognised(heads, heads.__getitem__)
    assert {origin.name: origin.evidence for origin in origins} == {
        "Gmail (Takeout or Vault)": ("all.mbox is mail with Gmail's own header fields",),
        "Slack export": ("e.zip is an archive of its lists",),
        "Google Takeout": ("t.zip is an archive with its folder",),
    }


def test_a_large_source_is_read_once_and_few_heads_are_looked_at() -> None:
    looked: list[str] = []

    def head(path: str) -> bytes:
        looked.append(path)
        return b""

    paths = (f"Takeout/Mail/{number}.mbox" for number in range(10_000))
    (origin,) = recognised(paths, head)
    assert len(origin.evidence) == 3 and len(looked) == HEADS
