"""What the code around a place says, for rules and fixes that must be certain.

`bodies` are the statements beside a place and the names they read; `bindings` the order
in which a function binds and reads its names.
"""

from blocklint.syntax.bindings import Bindings, changed_in_place
from blocklint.syntax.bodies import body_around, free_name, reads

__all__ = ["Bindings", "body_around", "changed_in_place", "free_name", "reads"]
