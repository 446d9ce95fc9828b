"""The reads of what analysis found, as lazy tables: what answers what, what is nearly alike, in what language."""

from __future__ import annotations

from tecum.analysis import copies, near
from tecum.analysis import languages as language
from tecum.analysis import threads as threading
from tecum.analysis import versions as versioning
from tecum.matter import Matter
from tecum.tables import Table


def threads(matter: Matter) -> Table:
    """Every mail, thread by thread in reading order, with the evidence of its link and whether it is inclusive."""
    return threading.listing(matter)


def near_duplicates(matter: Matter) -> Table:
    """Every document of a group of nearly alike ones, the pivot first, with the similarity in percent."""
    return near.listing(matter)


def versions(matter: Matter) -> Table:
    """Loose files of like name and text, series by series in order of their dates."""
    return versioning.listing(matter)


def languages(matter: Matter) -> Table:
    """The language of each document (ISO 639-1, ``und`` = too little text), and how sure the model is, in percent."""
    return language.listing(matter)


def blind_copies(matter: Matter) -> Table:
    """Each mail's blind-copy recipients over all its copies, and which copies show them."""
    return copies.blind_copies(matter)


def widened(matter: Matter) -> Table:
    """Each time a later load gave a produced document more custodians or paths: an overlay must say so."""
    return copies.widening(matter)
