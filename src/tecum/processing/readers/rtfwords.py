"""The control words of RTF by what they do, and its code pages (RTF specification 1.9.1)."""

from __future__ import annotations

from typing import Final

WRITES: Final = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "column": "\n", "row": "\n", "nestrow": "\n",
    "softline": "\n", "tab": "\t", "cell": "\t", "nestcell": "\t", "emdash": "\u2014", "endash": "\u2013",
    "emspace": " ", "enspace": " ", "qmspace": " ", "bullet": "\u2022", "lquote": "\u2018", "rquote": "\u2019",
    "ldblquote": "\u201c", "rdblquote": "\u201d",
}  # fmt: skip
SYMBOLS: Final = {b"~": " ", b"_": "-", b"{": "{", b"}": "}", b"\\": "\\", b"\n": "\n", b"\r": "\n", b"\t": "\t"}
# Text of its own, on lines of its own below the paragraph that it stands in; with the mark that names it, if any.
ASIDE: Final = {
    "footnote": "", "annotation": "comment", "header": "", "headerl": "", "headerr": "", "headerf": "",
    "footer": "", "footerl": "", "footerr": "", "footerf": "", "shptxt": "", "xe": "index entry", "tc": "index entry",
}  # fmt: skip
KEPT_IF_STARRED: Final = frozenset(ASIDE) | {
    "shpinst", "objdata", "fldinst", "shppict", "background", "do", "dptxbxtext", "company", "revtbl", "atnauthor",
    "atndate", "picprop", "ud",
}  # fmt: skip
SKIPPED: Final = frozenset({
    "fonttbl", "colortbl", "stylesheet", "listtable", "listoverridetable", "pict", "nonshppict", "shprslt", "themedata",
    "datastore", "latentstyles", "xmlnstbl", "bkmkstart", "bkmkend", "generator", "filetbl",
    "rsidtbl", "pgptbl", "colorschememapping", "objclass", "objname", "template", "atnid", "atnref",
    "atntime", "atnparent", "mmathPr", "userprops", "fname", "ftnsep", "ftnsepc", "aftnsep",
    "aftnsepc", "fontemb", "fontfile", "falt", "panose", "password", "passwordhash",
    "listname", "picprop", "blipuid", "datafield", "formfield", "ffname", "ffdeftext", "ffhelptext", "listtemplateid",
    "list", "listlevel", "leveltext", "levelnumbers",
})  # fmt: skip
INFO: Final = {
    "title": "title", "subject": "subject", "author": "author", "operator": "last_author", "company": "company",
    "keywords": "keywords", "doccomm": "comments", "category": "category", "manager": "manager",
    "hlinkbase": "link_base",
}  # fmt: skip
INFO_TIMES: Final = {"creatim": "created", "revtim": "modified", "printim": "printed"}
TIME_PARTS: Final = ("yr", "mo", "dy", "hr", "min", "sec")
# Destinations that are read even inside what is skipped or gathered.
ALWAYS_READ: Final = frozenset({"objdata", "fldinst", "sn", "sv"})
# Properties of drawings that hold words: the lettering of WordArt and watermarks, and what stands in for a picture.
DRAWN_WORDS: Final = {"gtextUNICODE": "", "wzDescription": "picture"}
CODE_PAGES: Final = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
FONT_PAGES: Final = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
# Every word that the walk looks at, as bytes; the many others only shape the look of letters.
MEANT: Final = frozenset(
    word.encode()
    for word in (
        *WRITES, *ASIDE, *KEPT_IF_STARRED, *SKIPPED, *INFO, *INFO_TIMES, *TIME_PARTS, *ALWAYS_READ, *CODE_PAGES,
        "bin", "u", "uc", "v", "deleted", "revised", "revauth", "revauthdel", "revdttm", "revdttmdel", "plain", "f",
        "fcharset", "ansicpg", "info", "fldrslt", "upr", "objemb", "emfblip", "wmetafile",
    )
)  # fmt: skip
