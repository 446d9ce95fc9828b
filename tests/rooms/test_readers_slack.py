"""Chats: one document per channel and day, nothing of an export left out, edits and deletions kept and marked."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

import pytest
from reading_of import Reading, reading_of

from tecum.processing.identify import identify

USERS = [
    {"id": "U00000001", "name": "ann", "profile": {"real_name": "Ann Lee", "email": "ann@riverton.example"}},
    {"id": "U00000002", "name": "bob", "real_name": "Bob Ray", "profile": {}},
]
CHANNELS = [
    {"id": "C00000001", "name": "bridge", "members": ["U00000001", "U00000002"], "purpose": {"value": "The bridge"}}
]
DMS = [{"id": "D00000001", "members": ["U00000001", "U00000002"]}]
MORNING = 1515403800  # 2018-01-08 09:30:00 UTC
DAY = 86400


def said(text: str, at: float = MORNING, user: str = "U00000001", **more: Any) -> dict[str, Any]:
    return {"type": "message", "user": user, "text": text, "ts": f"{at:.6f}", **more}


def export(days: dict[str, Any], root: str = "", **lists: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in {"channels": CHANNELS, "users": USERS, "dms": DMS, **lists}.items():
            archive.writestr(f"{root}{name}.json", json.dumps(content))
        for name, content in days.items():
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            archive.writestr(root + name, raw)
    return out.getvalue()


def days_of(data: bytes) -> dict[str, dict[str, Any]]:
    members = reading_of(data, "export.zip").members
    return {name: json.loads(content or b"") for name, content, rest in members if rest.get("kind") == "slackday"}


def day(*messages: dict[str, Any]) -> Reading:
    (content,) = (
        data
        for _, data, rest in reading_of(export({"bridge/2018-01-08.json": list(messages)})).members
        if rest.get("kind") == "slackday"
    )
    return reading_of(content or b"", "2018-01-08.json", "slackday")


@pytest.mark.parametrize("root", ["", "Riverton Slack export/"])
def test_an_export_is_known_by_its_lists_and_taken_apart(root: str) -> None:
    data = export(
        {"bridge/2018-01-08.json": [said("Hello")], "bridge/2018-01-09.json": [said("x", MORNING + DAY)]}, root
    )
    assert identify(data, "e.zip", io.BytesIO(data), len(data)).kind == "slack"
    reading = reading_of(data)
    assert reading.is_container
    assert reading.names == [
        *(f"{root}{name}.json" for name in ("channels", "users", "dms")),
        "bridge/2018-01-08.json",
        "bridge/2018-01-09.json",
    ]


def test_other_archives_are_no_exports() -> None:
    for names in (["users.json", "app.js"], ["users.json", "channels.json"], ["a/2018-01-08.json"]):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name in names:
                archive.writestr(name, "[]")
        assert identify(out.getvalue(), "e.zip", out, len(out.getvalue())).kind == "zip"


def test_messages_lie_in_the_utc_day_of_their_time_and_none_is_lost() -> None:
    first, second = [said(f"a{n}", MORNING + n * 3600) for n in range(24)], [said("b", MORNING + DAY)]
    found = days_of(export({"bridge/2018-01-08.json": first, "bridge/2018-01-09.json": second}))
    assert list(found) == ["bridge/2018-01-08.json", "bridge/2018-01-09.json"]
    texts = {name: [one["text"] for one in content["messages"]] for name, content in found.items()}
    assert texts["bridge/2018-01-08.json"] == [f"a{n}" for n in range(15)]
    assert texts["bridge/2018-01-09.json"] == [f"a{n}" for n in range(15, 24)] + ["b"]
    assert found["bridge/2018-01-08.json"]["zone"] == "UTC"


def test_a_day_says_who_said_what_and_when() -> None:
    reading = day(
        said("Is <@U00000002> coming? See <https://riverton.example/a|the plan> &amp; more"),
        said("Yes", MORNING + 60, "U00000002", thread_ts=f"{MORNING:.6f}"),
        said("joined", MORNING + 90, "U00000002", subtype="channel_join"),
    )
    assert reading.text_said == (
        "2018-01-08 09:30:00 Ann Lee <ann@riverton.example>:\n"
        "Is @Bob Ray coming? See the plan <https://riverton.example/a> & more\n\n"
        "2018-01-08 09:31:00 Bob Ray [answers 2018-01-08 09:30:00 "
        "“Is @Bob Ray coming? See the plan <https://riverton.example/a”]:\nYes\n\n"
        "2018-01-08 09:31:30 Bob Ray [notice]:\njoined\n\n"
    )
    assert reading.fields == {
        "channel": "bridge",
        "channel_kind": "public channel",
        "channel_purpose": "The bridge",
        "title": "bridge 2018-01-08",
        "from": "Ann Lee <ann@riverton.example>; Bob Ray",
        "to": ["Ann Lee <ann@riverton.example>", "Bob Ray"],
        "sent": "2018-01-08T09:30:00+00:00",
        "last_sent": "2018-01-08T09:31:30+00:00",
        "date_source": "first message",
    }
    assert not reading.problems and not reading.members


def test_edits_deletions_and_reactions_are_kept_and_marked() -> None:
    before = said("Meet at nine")
    text = day(
        said("Meet at ten", edited={"user": "U00000001", "ts": f"{MORNING + 30:.6f}"}),
        {"type": "message", "subtype": "message_changed", "editor_id": "U00000002", "ts": f"{MORNING + 40:.6f}",
         "message": said("Meet at noon"), "original": before},
        {"type": "message", "subtype": "message_deleted", "ts": f"{MORNING + 50:.6f}", "original": before},
        said("This message was deleted.", MORNING + 60, subtype="tombstone"),
        said("fine", MORNING + 70, reactions=[{"name": "thumbsup", "users": ["U00000002"], "count": 1}]),
    ).text_said  # fmt: skip
    assert "[edited at 2018-01-08 09:30:30 by Ann Lee <ann@riverton.example>]:\nMeet at ten" in text
    assert "by Bob Ray]:\nMeet at noon\n[before the edit: Meet at nine]" in text
    assert "[deleted]:\nMeet at nine" in text and text.count("deleted]:") == 2
    assert "fine\n[reaction :thumbsup:: Bob Ray]" in text


def test_files_are_links_and_are_listed_without_the_key_that_opens_them() -> None:
    link = "https://files.slack.example/F0000000A1/plan.pdf?t=xoxe-1234-abc"
    file = {"id": "F0000000A1", "name": "plan.pdf", "size": 7, "url_private": link}
    messages = {"bridge/2018-01-08.json": [said("see", files=[file])]}
    (told,) = days_of(export(messages)).values()
    assert "xoxe" not in json.dumps(told) and "F0000000A1/plan.pdf" in json.dumps(told)
    reading = reading_of(json.dumps(told).encode(), "", "slackday")
    data, rest = reading.member_named("plan.pdf")
    assert data is None and rest["problem"] == "NOT_COLLECTED" and rest["declared_size"] == 7
    assert "xoxe" not in rest["message"] and "[file: plan.pdf]" in reading.text_said
    whole = export({**messages, "__uploads/F0000000A1/plan.pdf": b"%PDF-1."})
    assert reading_of(whole).member_named("__uploads/F0000000A1/plan.pdf")[0] == b"%PDF-1."
    (told,) = days_of(whole).values()
    assert not reading_of(json.dumps(told).encode(), "", "slackday").members


def test_a_direct_message_is_called_after_its_people() -> None:
    (name,) = days_of(export({"D00000001/2018-01-08.json": [said("psst")]}))
    assert name == "Ann Lee, Bob Ray/2018-01-08.json"


def test_words_of_apps_and_blocks_are_words() -> None:
    blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
        {"type": "text", "text": "in blocks"}, {"type": "user", "user_id": "U00000002"}]}]}]  # fmt: skip
    attached = {"title": "Budget", "text": "of 2018", "fields": [{"title": "Sum", "value": "12"}]}
    text = day(said("", blocks=blocks), said("", MORNING + 1, attachments=[attached])).text_said
    assert "in blocks @Bob Ray" in text and "[attached: Budget\nof 2018\nSum: 12]" in text


def test_damaged_days_are_told_and_the_others_read() -> None:
    reading = reading_of(
        export({"bridge/2018-01-08.json": b"[{", "bridge/2018-01-09.json": [said("x", MORNING + DAY)]})
    )
    data, rest = reading.member_named("bridge/2018-01-08.json")
    assert data is None and rest["problem"] == "CORRUPT"
    assert reading.member_named("bridge/2018-01-09.json")[0]
    assert reading_of(b"[", "", "slackday").stopped == reading_of(b"{}", "", "slackday").stopped == "CORRUPT"
    assert reading_of(b'["x", {"text": "y"}]', "", "slackday").codes == {"PARTIAL"}


def test_a_day_that_somebody_unpacked_is_read_by_itself() -> None:
    raw = json.dumps([said("Hello", user_profile={"real_name": "Ann Lee"})]).encode()
    assert identify(raw, "2018-01-08.json").kind == "slackday"
    assert identify(raw, "x.json").kind == "json"
    assert "09:30:00 Ann Lee:\nHello" in reading_of(raw, "2018-01-08.json").text_said


# -- RSMF --------------------------------------------------------------------------------------------------


def rsmf(manifest: object, *files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("rsmf_manifest.json", manifest if isinstance(manifest, str) else json.dumps(manifest))
        for name, data in files:
            archive.writestr(name, data)
    return (
        b"X-RSMF-Version: 2.0.0\nX-RSMF-BeginDate: 2018-01-08T09:30:00Z\nFrom: x@riverton.example\n"
        b"Date: Mon, 8 Jan 2018 09:30:00 +0000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nshort form\n--b\nContent-Type: application/zip; name=rsmf.zip\n"
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(out.getvalue()) + b"--b--\n"
    )


MANIFEST = {
    "version": "2.0.0",
    "participants": [{"id": "a", "display": "Ann Lee", "email": "ann@riverton.example"}, {"id": "b", "display": "Bob"}],
    "conversations": [{"id": "c", "display": "bridge", "platform": "teams", "participants": ["a", "b"]}],
    "events": [
        {"type": "message", "id": "1", "participant": "a", "body": "Hello", "timestamp": "2018-01-08T09:30:00Z",
         "conversation": "c", "attachments": [{"id": "p.pdf", "display": "plan.pdf"}, {"id": "gone.doc"}],
         "edits": [{"participant": "a", "timestamp": "2018-01-08T09:31:00Z", "previous": "Helo", "new": "Hello"}],
         "reactions": [{"value": "+1", "count": 1, "participants": ["b"]}]},
        {"type": "message", "id": "2", "parent": "1", "participant": "b", "body": "Hi", "deleted": True,
         "timestamp": "2018-01-08T09:32:00Z", "conversation": "c",
         "read_receipts": [{"participant": "a", "action": "read", "timestamp": "2018-01-08T09:33:00Z"}]},
    ],
}  # fmt: skip


def test_relativitys_short_messages() -> None:
    data = rsmf(MANIFEST, ("p.pdf", b"%PDF"))
    assert identify(data, "x.rsmf").kind == identify(data, "x.eml").kind == "rsmf"
    reading = reading_of(data, "x.rsmf")
    assert reading.text_said == (
        "2018-01-08T09:30:00Z Ann Lee <ann@riverton.example> [edited at 2018-01-08T09:31:00Z by Ann Lee "
        "<ann@riverton.example>]:\nHello\n[before the edit: Helo]\n[file: plan.pdf]\n[file: gone.doc]\n"
        "[reaction +1: Bob]\n\n"
        "2018-01-08T09:32:00Z Bob [answers Hello; read by Ann Lee <ann@riverton.example> 2018-01-08T09:33:00Z; deleted]"
        ":\nHi\n\n"
    )
    assert reading.fields["channel"] == ["bridge"] and reading.fields["channel_kind"] == "teams"
    assert reading.fields["to"] == ["Ann Lee <ann@riverton.example>", "Bob"]
    assert reading.fields["sent"] == "2018-01-08T09:30:00Z"
    assert reading.member_named("plan.pdf")[0] == b"%PDF"
    assert reading.member_named("gone.doc")[1]["problem"] == "NOT_COLLECTED"


def test_short_messages_without_a_readable_manifest() -> None:
    assert reading_of(rsmf("{")).codes == {"PARTIAL"}
    plain = reading_of(b"X-RSMF-Version: 2.0.0\nFrom: a@x.example\nDate: x\n\nshort form\n", kind="rsmf")
    assert plain.text_said == "short form\n" and plain.codes == {"PARTIAL"}
