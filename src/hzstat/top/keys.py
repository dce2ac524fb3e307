"""Bytes from a terminal → keys."""
from __future__ import annotations

import re

ESCAPE = "escape"

# What is pasted, and what a terminal answers somebody; a control sequence (an arrow), a function
# key, Alt with a key; or one key.
KEY = re.compile(rb"\x1b\[200~.*?\x1b\[201~|\x1b[]PX^_].*?(?:\a|\x1b\\)"
                 rb"|(?!\x1b\[200~)\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[ -~]|\x1b[^]\x1b\[OPX^_]|[^\x1b]",
                 re.DOTALL)


class Keys:
    """Tells keys from control sequences, of which none means anything here, and from what is
    pasted.

    >>> Keys().feed(b"q\\x1b[A?\\x1b[200~pasted\\x1b[201~")
    ['q', '?']
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """The keys in what was read; b"" means that nothing came for a while, so that an ESC that
        still waits for the rest of its sequence is the key Esc."""
        text, self._rest = self._rest + data, b""
        keys = []
        while text:
            found = KEY.match(text)
            if not found and data and text[1:2] != b"\x1b":
                self._rest = text
                break
            if not found:
                keys.append(ESCAPE)
                text = text[1:] if text[1:2] == b"\x1b" else b""
                continue
            one = found[0]
            if len(one) == 1 and one < b"\x80":
                keys.append(one.decode("ascii"))
            text = text[len(one):]
        return keys
