"""The two ways in which an Outlook data file disguises its blocks; neither needs a password.

The tables are those of [MS-PST] 5.1, where the substitution is described; 5.2 describes the cyclic coding.
"""

from __future__ import annotations

from typing import Final

NONE, PERMUTE, CYCLIC = 0, 1, 2

# mpbbI and mpbbS of the specification; mpbbR is the inverse of the first.
_INVERSE: Final = bytes.fromhex(
    "47f1b4e60b6a7248854e9eebe2f89453e0bba002e85a09abdbe3bac67cc310dd39059630f53760828cc9134a6b1df3fb"
    "8f2697ca911701c4322d6e3195ffd923d1005e79dc443b1a28c5615720903d83b943be67d2464276c06d5b7eb20f1629"
    "3ca903540dda5ddff6b7c762cd8d06d3695c86d614f7a56675acb1e94521700c879f74a4224c6fbf1f56aa2eb3783350"
    "b0a392bccf191ca763cb1e4d3e4b1b9b4fe7f0eead3ab55904ea40552551e57a893868527bfc27aed7bdfa07f4cc8e5f"
    "ef359c842b15d5773449b6120a7f7188fd9d18417d93d8582ccefe24afdeb836c8a180a69998a82f0e816573e4c2a28a"
    "d4e111d0088b2af2ed9a643fc16cf9ec"
)
_SECOND: Final = bytes.fromhex(
    "14530f56b3c87a9ceb65481716159f02cc547c83000d0c0ba262a876dbd9edc7c5a4dcac8574d6d0a79bae9a967166c3"
    "6399b8dd73928e847da55ed15d93b1575150808952944f4e0a6bbc8d7f6e47464140440111cb033ff7f4e1a98f3c3af9"
    "fbf0193082092ec99da08649ee6f4d6dc42d813425871b88aafc06a11238fd4c4272641337246a757743ffe6b44b365c"
    "e4d8353d45b92cecb7312b290768a30e697b189e2139be281a5b78f523ca2ab0af3efe048ce7e5983295d3f64ae8a6ea"
    "e9f3d52f7020f21f0567ad5510cecde3273bdabad7c226d4911dd21c2233f8faf15aefcf90b68bb5bdc0bf08971e6ce2"
    "61e0c6c159abbb58de5fdf60797eb28a"
)
_FORWARD: Final = bytes(_INVERSE.index(value) for value in range(256))


def decoded(data: bytes, way: int, block: int) -> bytes:
    """Return a block's bytes as they were before; ``block`` is its id, the key of the cyclic coding."""
    if way == PERMUTE:
        return data.translate(_INVERSE)
    if way == CYCLIC:
        return _turned(data, block)
    return data


def _turned(data: bytes, key: int) -> bytes:
    """Do, or undo, the cyclic coding; a word that grows by one with each byte turns its three wheels."""
    import numpy as np

    key &= 0xFFFFFFFF
    words = np.arange(len(data), dtype=np.uint32) + (key ^ key >> 16) & 0xFFFF
    low, high = words.astype(np.uint8), (words >> 8).astype(np.uint8)
    first, second, third = (np.frombuffer(table, np.uint8) for table in (_FORWARD, _SECOND, _INVERSE))
    turned = third[second[first[np.frombuffer(data, np.uint8) + low] + high] - high] - low
    return bytes(turned.tobytes())
