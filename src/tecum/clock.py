"""The one clock: every stored or printed time comes from here, and tests can stop it."""

import datetime as dt
import os


def now() -> dt.datetime:
    """Return the present moment in UTC, to the second, or what ``TECUM_NOW`` (ISO 8601) says it is."""
    fixed = os.environ.get("TECUM_NOW")
    if fixed:
        moment = dt.datetime.fromisoformat(fixed)
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def stamp() -> str:
    """Return :func:`now` as ISO 8601 text ending in ``Z``."""
    return now().strftime("%Y-%m-%dT%H:%M:%SZ")
