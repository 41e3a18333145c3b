"""Runs a user's module and says, as one JSON document, what ran.

Started by its path with the user's interpreter, which needs torch and nothing else;
blocklint need not be there. Reads one job from the standard input:

    {"schema": "blocklint.job/1", "answer": "/tmp/x/answer.json",
     "module": {"path": "/abs/model.py"} or {"name": "pkg.mod"},
     "memory": 8589934592, "probe": false,
     "targets": [{"class": "Block", "init": null, "inputs": null,
                  "ranks": {"x": 3}, "bare": false}]}

and writes the answer that `document.py` describes, anew after each target, so that what
is known survives the target that hangs or crashes. Works with Python 3.9 and torch 2.6.
"""

from __future__ import annotations

import json
import os
import sys
import time

# Started by its path, this file's folder is where imports are looked for first; the
# user's modules must not find our own there.
if sys.path and os.path.abspath(sys.path[0]) == os.path.dirname(os.path.abspath(__file__)):
    del sys.path[0]
