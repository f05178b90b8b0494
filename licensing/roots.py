"""The roots that agents believe unless their settings name others: none, until one is made.

A root is made once, offline, by several people (docs/licensing.md); its public half goes here, the
next one beside it before the first is retired.
"""

ROOTS: tuple[bytes, ...] = ()
