"""The check's result: findings with exact counts by code, what was assumed, and what was not examined."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tecum.loadfile import Anomaly
from tecum.model import Finding, Severity
from tecum.receipt.codes import CODES

LISTED = 10_000  # findings of one code that are kept whole; all are counted


@dataclass
class CheckResult:
    """What a volume's check found.

    ``by_code`` counts every finding; ``findings`` lists at most ``LISTED`` of each code and ``unlisted``
    says how many more there are. ``first`` and ``last`` are the lowest and highest number.
    """

    volume: Path
    documents: int = 0
    pages: int = 0
    first: str = ""
    last: str = ""
    assumed: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    by_code: Counter[str] = field(default_factory=Counter)
    by_severity: Counter[str] = field(default_factory=Counter)
    examined: set[str] = field(default_factory=set)
    reasons: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        code: str,
        message: str,
        *,
        bates: str = "",
        path: str = "",
        field: str = "",
        evidence: str = "",
        severity: Severity | None = None,
    ) -> None:
        """Record a finding; its severity is the code's unless given."""
        weight = severity or CODES[code].severity
        self.examined.add(code)
        self.by_code[code] += 1
        self.by_severity[weight] += 1
        if self.by_code[code] <= LISTED:
            self.findings.append(Finding(code, weight, message, bates, path, field, evidence))

    def take(self, anomalies: list[Anomaly], load_file: str) -> None:
        """Move a reader's anomalies over: the list is empty afterwards."""
        for one in anomalies:
            said = f"Line {one.line}: {one.message}" if one.line else one.message
            self.add(
                one.code,
                said,
                path=load_file,
                evidence=one.evidence,
                severity=Severity.NOTE if one.note else None,
            )
        anomalies.clear()

    def examine(self, *codes: str) -> None:
        """Record that these codes had something to look at."""
        self.examined.update(codes)

    def assume(self, said: str) -> None:
        """Record an assumption once."""
        if said not in self.assumed:
            self.assumed.append(said)

    @property
    def stops(self) -> int:
        """The number of findings of severity stop."""
        return self.by_severity[Severity.STOP]

    @property
    def not_examined(self) -> list[tuple[str, str]]:
        """Every code that was not examined, or only in part, and the reason."""
        return [
            (code, self.reasons.get(code) or known.needs)
            for code, known in CODES.items()
            if code not in self.examined or code in self.reasons
        ]

    @property
    def unlisted(self) -> dict[str, int]:
        """Code -> how many findings are counted and not listed."""
        return {code: count - LISTED for code, count in self.by_code.items() if count > LISTED}

    def as_dict(self) -> dict[str, object]:
        """Return the shape printed by ``check --json``."""
        return {
            "volume": str(self.volume),
            "documents": self.documents,
            "pages": self.pages,
            "first": self.first,
            "last": self.last,
            "assumed": list(self.assumed),
            "findings": [{**asdict(finding), "severity": finding.severity.value} for finding in self.findings],
            "by_code": dict(sorted(self.by_code.items())),
            "unlisted": self.unlisted,
            "not_examined": [{"code": code, "reason": reason} for code, reason in self.not_examined],
        }
