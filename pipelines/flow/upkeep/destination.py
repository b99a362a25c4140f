"""Where a delivery goes: a folder, or a bucket of an S3-compatible store. A reader finds all files or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...errors import Refused, Terminal, Transient
from ...settings import Settings

S3 = "s3://"


@dataclass(frozen=True)
class FolderDestination:
    """A folder that is written beside its name and renamed when it is whole."""

    folder: Path

    @property
    def address(self) -> str:
        return str(self.folder)

    @property
    def delivery_id(self) -> str:
        return self.folder.name

    def is_taken(self) -> bool:
        """Whether something lies there."""
        return self.folder.exists()

    def write(self, files: Mapping[str, bytes]) -> None:
        """Refused where the folder is there already: a delivery is never written over."""
        if self.folder.exists():
            raise Refused(
                f"{self.folder} 已存在，交付不覆盖",
                f"{self.folder} exists: a delivery is never written over another",
                "换一个 --to / use another --to",
            )
        partial = self.folder.with_name(f".{self.folder.name}.partial")
        try:
            if partial.exists():  # of a process that died: its files are none of this delivery
                shutil.rmtree(partial)
            partial.mkdir(mode=0o700, parents=True)
            for name, content in files.items():
                with (partial / name).open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            partial.rename(self.folder)
        except OSError as cause:
            shutil.rmtree(partial, ignore_errors=True)  # a disk that is full is not left so
            raise Transient(
                f"无法写入 {self.folder}（{cause.strerror}）",
                f"cannot write to {self.folder}: {cause.strerror}",
                "检查磁盘空间和权限 / check free space and rights",
            ) from cause


@dataclass(frozen=True)
class BucketDestination:
    """Objects below a prefix; the manifest goes last, so that what has one is whole."""

    address: str
    endpoint: str
    region: str

    @property
    def delivery_id(self) -> str:
        return self.address.rpartition("/")[2]

    def is_taken(self) -> bool:
        """Whether a whole delivery lies there: one with a manifest."""
        with self._opened() as (system, root):
            return _holds_a_delivery(system, root)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Refused where a whole delivery lies there already."""
        with self._opened() as (system, root):
            if _holds_a_delivery(system, root):
                raise Refused(
                    f"{self.address} 已有交付，不覆盖", f"{self.address} holds a delivery already", "换一个 --to"
                )
            for name in sorted(files, key=lambda n: (n == "manifest.json", n)):
                with system.open_output_stream(f"{root}/{name}") as stream:
                    stream.write(files[name])

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, str]]:
        """(file system, where the delivery lies in it); Transient for what goes wrong with it."""
        import pyarrow.fs as pafs

        where = urlsplit(self.address)
        options: dict[str, Any] = {"region": self.region} if self.region else {}
        if self.endpoint:
            store = urlsplit(self.endpoint)
            options |= {"endpoint_override": store.netloc, "scheme": store.scheme}
        try:
            yield pafs.S3FileSystem(**options), f"{where.netloc}{where.path}"
        except OSError as cause:
            raise Transient(
                f"无法写入 {self.address}（{cause}）",
                f"cannot write to {self.address}: {cause}",
                "检查网络、SAIMA_S3_ENDPOINT 与 AWS_ACCESS_KEY_ID / check network, endpoint and keys",
            ) from cause


Destination = FolderDestination | BucketDestination


def _holds_a_delivery(system: Any, root: str) -> bool:
    import pyarrow.fs as pafs

    return bool(system.get_file_info(f"{root}/manifest.json").type != pafs.FileType.NotFound)


def open_destination(to: str, settings: Settings, delivery_id: str) -> Destination:
    """`to`: a folder, `s3://bucket/prefix`, or '' for `out/deliveries` of the home; the delivery lies below it under its name."""
    if to.startswith(S3):
        return BucketDestination(f"{to.rstrip('/')}/{delivery_id}", settings.s3_endpoint, settings.s3_region)
    if "://" in to:
        raise Terminal(f"不支持的地址：{to}", f"unknown kind of address: {to}", "DIR 或 / or s3://bucket/prefix")
    root = Path(to).expanduser().resolve() if to else settings.out / "deliveries"
    return FolderDestination(root / delivery_id)
