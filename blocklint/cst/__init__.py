"""The nodes of bare trees: LibCST's, by their names, without how code is set out.

A node has the fields of LibCST's class of the same name that say what the code does;
those for parentheses, commas, blanks and comments are not there to be asked for. They
stand in LibCST's order. To import these classes takes a tenth of the time that LibCST
takes, which is only needed where a place or a text must be exact, or code is changed.
"""

from blocklint.cst.definitions import *
from blocklint.cst.displays import *
from blocklint.cst.expressions import *
from blocklint.cst.literals import *
from blocklint.cst.node import *
from blocklint.cst.operators import *
from blocklint.cst.patterns import *
from blocklint.cst.statements import *
