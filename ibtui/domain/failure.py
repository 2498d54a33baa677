"""What went wrong, as one sentence for a person and one code for a program."""

from __future__ import annotations


class IbtuiError(Exception):
    """A refusal or failure that a user can act on.

    `code` is machine-readable and stable (see README's table of exit codes); the message is one clear sentence that
    says what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)  # both, so that it can be sent to another process
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message
