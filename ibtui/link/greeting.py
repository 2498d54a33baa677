"""How a conversation with an engine begins."""

from __future__ import annotations

import os
from typing import Literal

from ibtui import __version__
from ibtui.domain.failure import IbtuiError
from ibtui.link.messages import VERSION, Failure, FromEngine, Hello


def hello(role: Literal["terminal", "command"], version: int = VERSION) -> Hello:
    """What a client says first."""
    return Hello(version=version, program=__version__, pid=os.getpid(), role=role)


def greeted(message: FromEngine, version: int = VERSION) -> Hello:
    """The engine's greeting; raises IbtuiError `engine_version`, or the code of its refusal."""
    if isinstance(message, Failure):
        raise IbtuiError(message.code, message.message)
    if not isinstance(message, Hello) or message.version != version:
        raise IbtuiError("engine_version", "The running engine is of another version; stop it with `ibtui stop`.")
    return message
