"""What a person can do about a disk that refuses: one clause for the end of a sentence."""

from __future__ import annotations

import errno

_ELSEWHERE = "or set XDG_STATE_HOME to a folder elsewhere"
_CURES = {
    errno.ENOSPC: "the disk is full; free some space, then try again.",
    errno.EDQUOT: "your quota of the disk is used up; free some space, then try again.",
    errno.EROFS: "the disk is mounted read-only; mount it for writing, " + _ELSEWHERE + ".",
    errno.EACCES: "you have no permission there; give the folder to your user, " + _ELSEWHERE + ".",
    errno.EPERM: "it is not allowed there; give the folder to your user, " + _ELSEWHERE + ".",
    errno.ENOTDIR: "a part of that path is a file and no folder; move the file away, then try again.",
    errno.EEXIST: "a file stands where a folder belongs; move it away, then try again.",
    errno.EISDIR: "a folder stands in its place; move it away, then try again.",
    errno.ELOOP: "a symbolic link stands in its place; move it away, then try again.",
    errno.EFBIG: "it would be larger than this process may write (ulimit -f); raise that, then try again.",
    errno.EIO: "the disk fails (input/output error); look at the system's log, and save what is on it.",
}


def cure(error: OSError) -> str:
    """What hinders, and what to do; ends with a full stop."""
    if error.errno in _CURES:
        return _CURES[error.errno]
    return f"{error.strerror or error}; look at the disk, then try again."
