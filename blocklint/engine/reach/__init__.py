"""Which classes a change may have reached, found without reading them closely.

Reading a class takes a thousand times as long as to see that its code is the same. So
the files of both versions are surveyed first: what their statements bind, what each
function and method names, and which of them changed. From there a change spreads to
all that may enter what changed, file by file and member by member; what the reader of
code never enters (a decorator, a hint, a method that nobody names) spreads nothing.
Where it is not clear what a name means, rather too much is reached than too little.
A module whose code is the same is reached only if a part of it is wired otherwise now:
that is known when the part has been read.
"""

from blocklint.engine.reach.names import Name
from blocklint.engine.reach.reached import reached
from blocklint.engine.reach.spreading import Spread

__all__ = ["Name", "Spread", "reached"]
