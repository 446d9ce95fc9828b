"""A paper as one self-contained HTML page that a screen reader can follow."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from tecum.engine.paper.blocks import (
    TONES,
    Block,
    Bullets,
    Fields,
    Heading,
    Note,
    PageBreak,
    Paragraph,
    Signature,
    Table,
    is_wide,
    numeric_columns,
    shown,
)

_STYLE = Path(__file__).with_name("paper.css")


def write_html(blocks: Sequence[Block], title: str) -> bytes:
    """Return the page; nothing in it is fetched from elsewhere and nothing runs."""
    body = "\n".join(_block(block) for block in blocks)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_text(title)}</title>
<style>
{_STYLE.read_text(encoding="utf-8")}{_tones()}</style>
</head>
<body>
<main{' class="wide"' if is_wide(blocks) else ""}>
{body}
</main>
</body>
</html>
""".encode()


def _tones() -> str:
    return "".join(f".{name} {{ background: #{colour}; }}\n" for name, colour in TONES.items())


def _text(value: str) -> str:
    return escape(shown(value)).replace("\r\n", "\n")


def _lines(value: str) -> str:
    return _text(value).replace("\n", "<br>\n")


def _block(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{_text(text)}</h{level}>"
        case Paragraph(text):
            return f"<p>{_lines(text)}</p>"
        case Note(text):
            return f'<p class="note" role="note">{_lines(text)}</p>'
        case Bullets(items):
            return "<ul>\n" + "".join(f"<li>{_lines(item)}</li>\n" for item in items) + "</ul>"
        case Fields(pairs):
            rows = "".join(f"<dt>{_text(name)}</dt><dd>{_lines(shown(value))}</dd>\n" for name, value in pairs)
            return f"<dl>\n{rows}</dl>"
        case PageBreak():
            return '<div class="page-break"></div>'
        case Signature(lines):
            who = "".join(f"<div>{_text(line)}</div>\n" for line in lines)
            rules = '<div class="rule">Signature</div>\n<div class="rule">Date</div>'
            return f'<div class="signature">\n{rules}\n{who}</div>'
        case Table():
            return _table(block)


def _class(number: bool, tone: str = "") -> str:
    names = [*(["number"] if number else []), *([tone] if tone in TONES else [])]
    return f' class="{" ".join(names)}"' if names else ""


def _table(table: Table) -> str:
    numeric = numeric_columns(table)
    sizes = "".join(f'<col style="width:{share:.1%}">' for share in table.shares())
    head = "".join(
        f'<th scope="col"{_class(number)}>{_text(name)}</th>'
        for number, name in zip(numeric, table.columns, strict=True)
    )
    rows = "\n".join(
        "<tr>"
        + "".join(
            f"<td{_class(number, table.tones.get(shown(value), ''))}>{_lines(shown(value))}</td>"
            for number, value in zip(numeric, row, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    caption = f"<caption>{_text(table.title)}</caption>" if table.title else ""
    return (
        f"<table>{caption}<colgroup>{sizes}</colgroup>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody></table>"
    )
