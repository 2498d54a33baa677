"""Why the exchange did not take a request, in IB's numbers and words."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - a verdict of the exchange, not a failure of the program
    """A request that changed nothing; `code` is IB's error code and `text` what IB says with it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text
