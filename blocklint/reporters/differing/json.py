"""`blocklint.diff/1`: every class that was compared, for programs."""

import json

from blocklint.comparison import Change, Comparison
from blocklint.comparison.change import Place, Ran
from blocklint.difference import Difference

SCHEMA = "blocklint.diff/1"
Json = dict[str, object]


def render(difference: Difference) -> str:
    """One object; `effects` ranks the changes if they are to be explained."""
    document: Json = {
        "schema": SCHEMA,
        "blocks": [_block(block) for block in difference.blocks],
    }
    if difference.explained:
        document["effects"] = [
            {
                "class": block.name,
                "kind": change.kind,
                "message": change.message,
                "before": change.before or None,
                "after": change.after or None,
                "reason": effect.reason,
                "rule": effect.rule or None,
            }
            for block, change, effect in difference.effects()
        ]
    return json.dumps(document, indent=2) + "\n"


def _block(block: Comparison) -> Json:
    found: Json = {
        "class": block.name,
        "was": block.was,
        "old": _place(block.old),
        "new": _place(block.new),
        "status": block.status.value,
        "reason": block.reason or None,
        "changes": [_change(change) for change in block.changes],
    }
    if block.ran is not None:
        found["ran"] = _ran(block.ran)
    return found


def _place(place: Place | None) -> Json | None:
    return {"path": place.path, "line": place.line} if place is not None else None


def _change(change: Change) -> Json:
    return {
        "kind": change.kind,
        "message": change.message,
        "old_path": change.old.path if change.old else None,
        "old_line": change.old.line if change.old else None,
        "new_path": change.new.path if change.new else None,
        "new_line": change.new.line if change.new else None,
        "before": change.before or None,
        "after": change.after or None,
    }


def _ran(ran: Ran) -> Json:
    return {
        "largest_difference": ran.largest,
        "largest_output": ran.scale,
        "parts_at": ran.parts_at,
        "weights": ran.weights or None,
        "reason": ran.reason or None,
    }
