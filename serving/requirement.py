"""Whether a version fits a requirement: the plain forms that ``pyproject.toml`` uses, so that ``doctor`` needs no package."""

from __future__ import annotations

import operator
import re

OPERATORS = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version without trailing zeros; what follows them (rc, post, local) is left out.

    >>> release("2.13.0+cpu")
    (2, 13)
    """
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    parts = [int(n) for n in numbers[0].split(".")] if numbers else []
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def fits(version: str, requirement: str) -> bool:
    """Whether a version satisfies all parts of a requirement.

    >>> fits("1.26.4", ">=1.26,<2"), fits("2.0.1", "<2,>=1.26"), fits("3", "")
    (True, False, True)
    """
    for part in filter(None, requirement.replace(" ", "").split(",")):
        sign = part[:2] if part[:2] in OPERATORS else part[:1]
        if not OPERATORS[sign](release(version), release(part[len(sign) :])):
            return False
    return True
