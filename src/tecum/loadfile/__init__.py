"""Load files: tolerant readers for what vendors write, strict writers for what we write.

One format, one file: :mod:`.dat` (Concordance and other delimited text), :mod:`.opt` (Opticon),
:mod:`.lfp` (IPRO), :mod:`.edrm` (EDRM XML). Readers stream, never stop at an anomaly, and say what they
assumed; writers refuse or replace what the format cannot carry, and return every replacement.
"""

from tecum.loadfile.dat import DatReader, DatRow, Replacement, read_dat, write_dat
from tecum.loadfile.dialect import Anomaly, Dialect
from tecum.loadfile.edrm import EdrmDocument, EdrmFile, EdrmReader, read_edrm_xml
from tecum.loadfile.lfp import LfpReader, read_lfp
from tecum.loadfile.opt import OptReader, PageLine, read_opt, write_opt

__all__ = [
    "Anomaly",
    "DatReader",
    "DatRow",
    "Dialect",
    "EdrmDocument",
    "EdrmFile",
    "EdrmReader",
    "LfpReader",
    "OptReader",
    "PageLine",
    "Replacement",
    "read_dat",
    "read_edrm_xml",
    "read_lfp",
    "read_opt",
    "write_dat",
    "write_opt",
]
