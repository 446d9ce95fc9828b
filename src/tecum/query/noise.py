"""Noise words: the common English words that products with a noise list do not index.

dtSearch's own list is not repeated here. This one is of our making: articles, pronouns, prepositions,
conjunctions, auxiliary verbs and adverbs that say little. A single letter is no noise word.
"""

from __future__ import annotations

from typing import Final

from tecum.query.tree import Node, Word

_NOISE = """
    an the this that these those such same other another each every both all any some many much more most few
    he him his she her hers it its me my our ours us we they them their you your who whom whose which what
    itself himself herself themselves one
    about after against among around as at before behind below between beyond by down during for from in into
    of off on onto out over per since than through to toward under until up upon via with within without
    and or but if because while though although when where why how whether so then there here not no nor
    am is are was were be been being have has had do does did can could may might must shall should will would
    also again already always else ever even just never now only still too very well
"""
NOISE: Final = frozenset(_NOISE.split())


def is_noise(node: Node) -> bool:
    """Whether a node is a noise word, asked for as it stands."""
    return isinstance(node, Word) and node.how in ("", "stem", "case") and node.pattern.lower() in NOISE
