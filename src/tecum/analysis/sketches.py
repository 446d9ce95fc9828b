"""Sketches of texts: MinHash digests whose agreement estimates how much of two texts is the same.

128 values over runs of five words, by rensa's R-MinHash with a fixed seed; the same text gives the same digest
on every machine. Digests only choose what is worth comparing: similarity is then computed exactly.
"""

from __future__ import annotations

from typing import Any, Final

from tecum.analysis import shingles

VALUES: Final = 128
_SEED: Final = 1789
TOO_LONG: Final = -1


def row(text: str, every: shingles.Hashes) -> dict[str, Any]:
    """Return the columns shingles and digest of a text's row; ``every`` are its shingles."""
    if len(text) > shingles.LONGEST:
        return {"shingles": TOO_LONG, "digest": b""}
    found = shingles.each_once(every)
    return {"shingles": len(found), "digest": digest(found) if len(found) else b""}


def digest(of: shingles.Hashes) -> bytes:
    """Return the digest of a set of shingles: 128 x uint32, little-endian."""
    import numpy as np
    from rensa import RMinHash

    matrix = RMinHash.digest_matrix_from_flat_token_hashes(of, [0, len(of)], VALUES, _SEED)
    return np.array(matrix.to_rows()[0], "<u4").tobytes()
