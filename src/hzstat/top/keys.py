"""Bytes from a terminal → keys."""
from __future__ import annotations

import re

ESCAPE = "escape"

# A control sequence (an arrow, a paste's brackets), a function key, Alt with a key; or one key.
KEY = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[ -~]|\x1b[^\x1b\[O]|[^\x1b]", re.DOTALL)


class Keys:
    """Tells keys from control sequences, of which none means anything here.

    >>> Keys().feed(b"q\\x1b[A?")
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
