"""The one error of the runtime: something on this machine that its user can mend."""

from __future__ import annotations


class RuntimeFault(Exception):
    """The text is one line that says what is wrong and what to do; never shown as a traceback."""
