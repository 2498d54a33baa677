"""What went wrong, as one sentence for a person and one code for a program."""

from __future__ import annotations

from ibtui.domain.text.sanitize import sanitize

LONGEST = 900
"""Characters of a message; what is quoted in one may have any length."""


class IbtuiError(Exception):
    """A refusal or failure that a user can act on.

    `code` is machine-readable and stable (see the guide's page of errors); the message is one clear sentence that
    says what to do. It may quote a file, an argument or another program: it is sanitized here.
    """

    def __init__(self, code: str, message: str) -> None:
        message = sanitize(message, LONGEST, lines=True)
        super().__init__(code, message)  # both, so that it can be sent to another process
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message
