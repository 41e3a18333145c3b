"""What changed in the wiring of a block between two versions of its code.

The graphs of both versions are written as programs in a form that refactorings leave
alone (`canonical`), classes and sites are matched through renames and moves
"""

from blocklint.comparison.change import Change, Comparison, Status
from blocklint.comparison.comparing import compared, unchanged
from blocklint.comparison.profile import Profile, Wired
from blocklint.comparison.profiling import profile_of

__all__ = [
    "Change",
    "Comparison",
    "Profile",
    "Status",
    "Wired",
    "compared",
    "profile_of",
    "unchanged",
]
