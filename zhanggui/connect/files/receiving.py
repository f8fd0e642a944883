"""Uploads go straight into the vault: nothing plain touches the disk, and what is too large stops at the door."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.utils.translation import gettext as _

from zhanggui.connect import limits
from zhanggui.connect.files import vault
from zhanggui.connect.files.opening import refuse_oversize
from zhanggui.connect.files.refusal import FileRefused


class Stored(UploadedFile):
    """A file that lies in the vault."""

    def __init__(self, writer: vault.Writer, name: str) -> None:
        super().__init__(file=None, name=name, size=writer.size)
        self.key = writer.key
        self.digest = writer.digest


class IntoVault(FileUploadHandler):
    """Seals each file as it arrives. Raises Oversize and FileRefused out of the reading of the form."""

    chunk_size = 1 << 18

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.writers: list[vault.Writer] = []
        self._name = ""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._name = str(self.file_name or "")[:200]
        if len(self.writers) >= limits.MOST_FILES:
            self.drop()
            raise FileRefused(_("一次最多导入 %(most)s 个文件。") % {"most": limits.MOST_FILES})
        self.writers.append(vault.Writer())

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        writer = self.writers[-1]
        writer.write(raw_data)
        try:
            refuse_oversize(writer.size, self._name)
        except FileRefused:
            self.drop()
            raise

    def file_complete(self, file_size: int) -> Stored:
        writer = self.writers[-1]
        writer.close()
        return Stored(writer, self._name)

    def upload_interrupted(self) -> None:
        self.drop()

    def drop(self) -> None:
        """Destroy everything that came with this request."""
        for writer in self.writers:
            writer.drop()
