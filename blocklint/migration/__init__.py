"""Rewrites blocks from one placement to another. Pure: text in, text out.

What a text means is asked of the static front-end, before and after each step.
"""

from blocklint.migration.outcome import WANTED, Flip, Refusal, Rewritten
from blocklint.migration.rewrite import rewrite

__all__ = ["WANTED", "Flip", "Refusal", "Rewritten", "rewrite"]
