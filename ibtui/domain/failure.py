"""What went wrong, as one sentence for a person and one code for a program."""

from __future__ import annotations

from ibtui.domain.refusal import Refusal
from ibtui.domain.text.sanitize import sanitize

LONGEST = 900
"""Characters of a message; what is quoted in one may have any length."""


class IbtuiError(Exception):
    """A refusal or failure that a user can act on.

    `code` is machine-readable and stable (see the guide's page of errors); the message is one clear sentence that
    says what to do. It may quote a file, an argument or another program: it is sanitized here. `refusal` is the verdict
    of a judge that it was made of, None for any other failure.
    """

    def __init__(self, code: str, message: str, refusal: Refusal | None = None) -> None:
        message = sanitize(message, LONGEST, lines=True)
        super().__init__(code, message, refusal)  # all of them, so that it can be sent to another process
        self.code = code
        self.message = message
        self.refusal = refusal

    def __str__(self) -> str:
        return self.message

    @classmethod
    def of(cls, refusal: Refusal) -> IbtuiError:
        """The error that tells of a refusal."""
        return cls(refusal.code, refusal.sentence, refusal)

    @property
    def kind(self) -> tuple[str, str, str]:
        """Code, limit and owner of the limit: what alike failures are counted by."""
        return (self.code, "", "") if self.refusal is None else self.refusal.kind
