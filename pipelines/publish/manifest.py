"""manifest.json: what an edition consists of and rests on. No contacts, no rosters, no amounts, and no checksum of a return: whoever knows
all of a short file but one figure would find that figure by trying. The ledger knows the file of each submission."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256

from ..model.ranking import Ranking
from .edition_context import EditionContext

NAME = "manifest.json"


@dataclass(frozen=True)
class PublishedFile:
    """One file of the edition folder."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """The edition's table of contents; `content_hash` is what the signers approve, `sha256` that of manifest.json."""

    edition_id: str
    period: str
    state: str
    content_hash: str
    files: tuple[PublishedFile, ...]
    text: str

    @property
    def sha256(self) -> str:
        return sha256(self.text.encode()).hexdigest()


def make_manifest(ranking: Ranking, edition: EditionContext, content_hash: str, files: dict[str, bytes]) -> Manifest:
    """The manifest of the given files (name → bytes)."""
    listed = tuple(PublishedFile(n, sha256(files[n]).hexdigest(), len(files[n])) for n in sorted(files))
    document = {
        "edition": edition.edition_id,
        "edition_number": edition.number,
        "revision": edition.revision,
        "corrects": edition.corrects[0] if edition.corrects else None,
        "period": ranking.period,
        "state": edition.state,
        "figures": "final" if edition.final else "provisional",
        "content_hash": content_hash,
        "levels_published": edition.programme.method.show_levels,
        "programme": {
            "name": edition.programme.name,
            "version": edition.programme.version,
            "simulated": edition.programme.simulated,
        },
        "method": {"name": ranking.method, "version": ranking.method_version, "basis": ranking.basis},
        "rules_version": edition.rules_version,
        "code_version": edition.code_version or None,
        "disclosure": {
            "min_contributors": edition.programme.method.disclosure.min_contributors,
            "units_withheld": len(edition.told.withheld),
        },
        "freeze": edition.freeze.isoformat() if edition.freeze else None,
        "drafted_at": edition.drafted_at.isoformat(),
        "published_at": edition.published_at.isoformat() if edition.published_at else None,
        "signatures": [
            {"role": s.role, "name": s.name, "at": s.at.isoformat(), "demonstration": s.demonstration}
            for s in edition.signatures
        ],
        **({"audit_log": {"seq": edition.audit_log[0], "hash": edition.audit_log[1]}} if edition.audit_log else {}),
        "files": {f.name: {"sha256": f.sha256, "bytes": f.bytes} for f in listed},
        "inputs": [
            {"submission": i.submission_id, "unit": i.unit_code, "form": i.form, "version": i.version}
            for i in sorted(edition.inputs, key=lambda i: (i.unit_code, i.form, i.version, i.submission_id))
        ],
    }
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    return Manifest(edition.edition_id, ranking.period, edition.state, content_hash, listed, text)
