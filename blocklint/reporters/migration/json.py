"""A block that was rewritten, in the form `blocklint.migrate/1`, for other programs."""

import json

from blocklint.migration.report import Migration
from blocklint.report import BlockFacts
from blocklint.reporters.inspection.json import site_data


def render(found: Migration) -> str:
    """The document; `before` and `after` are the sites of the default wiring."""
    made, proof = found.rewritten, found.proof
    flip = made.flip
    document = {
        "schema": "blocklint.migrate/1",
        "path": found.before.path,
        "class": found.before.name,
        "to": found.to.value,
        "changed": found.edited.differs,
        "before": _sites(found.before),
        "after": _sites(found.after),
        "norms_added": list(made.added),
        "norms_removed": list(made.removed),
        "changed_with_it": list(made.changed),
        "default": flip and {"flag": flip.flag, "value": flip.default},
        "notes": list(made.notes),
        "proved": {
            "reading": True,
            "running": proof.ran,
            "reason": proof.unproved or None,
            "parameters_kept": proof.kept,
            "parameters_new": list(proof.new),
            "parameters_gone": list(proof.gone),
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _sites(block: BlockFacts) -> list[object]:
    default = next(variant for variant in block.variants if variant.default)
    return [site_data(site) for site in default.sites]
