"""Which old office format or notebook a file is, told by its first bytes or its streams; for ``identify``.

Signatures from the formats' own descriptions, and seen in files of each kind.
"""

from __future__ import annotations

from typing import Final

MIME: Final = {
    "wpd": "application/vnd.wordperfect", "works": "application/vnd.ms-works", "write": "application/x-mswrite",
    "hwp3": "application/x-hwp", "hwp5": "application/x-hwp-v5", "lotus": "application/vnd.lotus-1-2-3",
    "quattro": "application/x-quattro-pro", "pub": "application/x-mspublisher",
    "starwriter": "application/vnd.stardivision.writer", "starcalc": "application/vnd.stardivision.calc",
    "stardraw": "application/vnd.stardivision.draw", "onenote": "application/onenote",
}  # fmt: skip
NAMED: Final = (
    ("wpd", "wpd wp wp5 wp6 wpt"), ("works", "wps wdb"), ("works lotus", "wks"), ("works xls", "xlr"),
    ("write", "wri"), ("hwp3 hwp5", "hwp"), ("lotus", "wk1 wk3 wk4 123"),
    ("quattro", "wq1 wq2 wb1 wb2 wb3 qpw"), ("pub", "pub"), ("starwriter", "sdw vor"),
    ("starcalc", "sdc"), ("stardraw", "sda sdd"), ("onenote", "one"),
)  # fmt: skip
MAGIC: Final = (
    (b"\xffWPC", "wpd"),
    (b"\x31\xbe\0\0\0\xab", "write"),
    (b"\x32\xbe\0\0\0\xab", "write"),
    (b"HWP Document File V", "hwp3"),
    (b"\0\0\x02\0\x04\x04", "lotus"),
    (b"\0\0\x02\0\x06\x04", "lotus"),
    (b"\0\0\x1a\0\0\x10", "lotus"),
    (b"\0\0\x1a\0\x02\x10", "lotus"),
    (b"\0\0\x1a\0\x03\x10", "lotus"),
    (b"\0\0\x1a\0\x05\x10", "lotus"),
    (b"\0\0\x02\0\x20\x51", "quattro"),
    (b"\0\0\x02\0\x21\x51", "quattro"),
    (b"\0\0\x02\0\x01\x10", "quattro"),
    (b"\0\0\x02\0\x02\x10", "quattro"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "onenote"),  # [MS-ONESTORE] 2.3.1
)
STREAMS: Final = (
    ("StarWriterDocument", "starwriter"),
    ("StarCalcDocument", "starcalc"),
    ("StarDrawDocument3", "stardraw"),
    ("StarDrawDocument", "stardraw"),
    ("Quill", "pub"),
    ("BodyText", "hwp5"),
    ("NativeContent_MAIN", "quattro"),
    ("PerfectOffice_MAIN", "quattro"),
    ("MN0", "works"),
    ("SPELLING", "works"),
)
