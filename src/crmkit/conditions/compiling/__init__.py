"""Compiled conditions: a condition as Python code, for asking one thing of many customers, one by one.

What is compiled is built of `ast` objects, never of text.  Names of fields and
values to compare with are handed over beside the code, so that nothing a
definition holds becomes code.
"""

from crmkit.conditions.compiling.functions import NOT_ASKED, Compiled, Trace, compiled, traced

__all__ = ["NOT_ASKED", "Compiled", "Trace", "compiled", "traced"]
