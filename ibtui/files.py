"""Files that this program did not write: read without ever waiting for them, and trusted only when nobody else could
have written them.

What is trusted is decided as sshd decides about its own files: a file, and every folder above it, belongs to the user
or to root and is not writable by group or others. Two things are allowed beyond that. A folder above it may be open to
all when it is sticky, as /tmp is: there nobody can replace what is another's. And a group that is the user's alone may
write, as on distributions with the umask 002 that make one for each user.
"""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import stat
from pathlib import Path

from ibtui.domain.failure import IbtuiError


def read_plain(path: Path, largest: int, *, own: bool = False) -> bytes:
    """The bytes of a plain file of at most `largest`; `own`: of the user or root, and not writable by everybody.

    Raises IbtuiError `no_file` for what cannot be read or is no plain file, `too_long` for a larger one, `unsafe_file`.
    """
    try:
        # A pipe or a device would keep the reader waiting, or never end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise IbtuiError("no_file", f"{path} cannot be read: {getattr(error, 'strerror', error)}.") from None
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise IbtuiError("no_file", f"{path} cannot be read: it is not a plain file.")
        if own and (why := _distrust(path, facts, group=False)):
            raise IbtuiError("unsafe_file", why)
        with open(descriptor, "rb", closefd=False) as opened:
            data = opened.read(largest + 1)
    except OSError as error:
        raise IbtuiError("no_file", f"{path} cannot be read: {error.strerror}.") from None
    finally:
        os.close(descriptor)
    if len(data) > largest:
        size = f"{largest // 1024**2} MiB" if largest >= 1024**2 else f"{largest // 1024} KiB"
        raise IbtuiError("too_long", f"{path} is larger than {size}.")
    return data


def untrusted(path: Path) -> str:
    """Why somebody else could change a file or a folder that is there, one sentence with what to type; empty when
    nobody can, and for what is not there."""
    absolute, real = Path(os.path.abspath(path)), Path(os.path.realpath(path))
    above = list(dict.fromkeys([*real.parents, *absolute.parents]))
    for one in [real, *above]:
        try:
            facts = one.stat()
        except OSError:
            continue
        if stat.S_ISDIR(facts.st_mode) and facts.st_mode & stat.S_ISVTX and one in above and _owned(facts):
            continue
        if why := _distrust(one, facts):
            return why
    return ""


def _distrust(path: Path, facts: os.stat_result, *, group: bool = True) -> str:
    shown = shlex.quote(str(path))
    if not _owned(facts):
        return (
            f"{path} belongs to {_user(facts.st_uid)}, who could change it; run: chown {_user(os.geteuid())} {shown}."
        )
    by_group = group and facts.st_mode & stat.S_IWGRP and not _only_mine(facts.st_gid)
    if facts.st_mode & stat.S_IWOTH or by_group:
        return f"{path} can be written by others; run: chmod go-w {shown}."
    return ""


def _owned(facts: os.stat_result) -> bool:
    return facts.st_uid in (os.geteuid(), 0)


def _only_mine(gid: int) -> bool:
    """Whether a group is one that has the user's name and nobody else in it."""
    try:
        me, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    others = [user for user in pwd.getpwall() if user.pw_gid == gid and user.pw_uid != me.pw_uid]
    return group.gr_name == me.pw_name and not set(group.gr_mem) - {me.pw_name} and not others


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
