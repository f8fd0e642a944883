"""Why a file, or one row of it, is not taken."""

from zhanggui.kit.refusals import Invalid


class FileRefused(Invalid):
    """The whole file is refused before anything was written; the message says what to do instead."""

    code = "file_refused"


class Oversize(FileRefused):
    """The file is larger than this installation takes."""

    code = "file_oversize"
    status = 413


class RowRefused(Exception):
    """One row (or the rows of one order) is not taken; the sentence goes into the result table."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
