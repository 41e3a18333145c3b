"""`match` statements, written as the chain of conditions that they stand for."""

from blocklint import cst

_UNKNOWN = cst.Call(cst.Name("any"))  # a test that only a run could settle


def conditions_of(statement: cst.Match) -> cst.If | cst.Else:
    """The cases as `if`, `elif` and `else`; patterns that bind are left undecided."""
    found: cst.If | cst.Else | None = None
    for case in reversed(statement.cases):
        if _is_default(case):
            found = cst.Else(case.body)
        else:
            found = cst.If(_test(statement.subject, case), case.body, found)
    return found or cst.Else(cst.IndentedBlock([]))


def _is_default(case: cst.MatchCase) -> bool:
    match case.pattern, case.guard:
        case cst.MatchAs(pattern=None), None:
            return True
    return False


def _test(subject: cst.BaseExpression, case: cst.MatchCase) -> cst.BaseExpression:
    values = _values(case.pattern)
    if values is None or case.guard is not None:
        return _UNKNOWN
    literals = cst.Tuple([cst.Element(value) for value in values])
    return cst.Comparison(subject, [cst.ComparisonTarget(cst.In(), literals)])


def _values(pattern: cst.MatchPattern) -> list[cst.BaseExpression] | None:
    """The literals that a pattern accepts; None if it is no matter of literals."""
    match pattern:
        case cst.MatchValue(value) | cst.MatchSingleton(value):
            return [value]
        case cst.MatchOr(patterns):
            each = [_values(part.pattern) for part in patterns]
            known = [values for values in each if values is not None]
            complete = len(known) == len(each)
            return [v for values in known for v in values] if complete else None
    return None
