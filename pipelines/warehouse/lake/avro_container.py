"""Avro object container files, decoded and encoded again by their own schema: what a moved lake needs to rename in its manifests.

PyIceberg reads Avro into its own classes and writes only what those know; a manifest of any writer must come out as it went in but
for the paths (https://avro.apache.org/docs/1.11.1/specification/).
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

MAGIC = b"Obj\x01"
SYNC_BYTES = 16
Schema = Any
"""An Avro schema as parsed JSON: the name of a type, a list (union), or an object."""
Change = Callable[[dict[str, Any]], dict[str, Any]]


def rewrite_records(content: bytes, change: Change) -> bytes:
    """The container with every record changed; header, codec and sync marker stay. A union value is (branch, value).

    Raises ValueError for what is no container, or compressed with another codec than null and deflate.
    """
    if content[:4] != MAGIC:
        raise ValueError("not an Avro container")
    reader = _Reader(content, 4)
    header = reader.map_of_bytes()
    end = reader.at + SYNC_BYTES
    sync = content[reader.at : end]
    codec = header.get("avro.codec", b"null")
    if codec not in (b"null", b"deflate"):
        raise ValueError(f"unknown codec: {codec!r}")
    schema = json.loads(header["avro.schema"])
    done = bytearray(content[:end])
    reader.at = end
    while reader.at < len(content):
        count, size = reader.long(), reader.long()
        block = content[reader.at : reader.at + size]
        reader.at += size + SYNC_BYTES
        records = _Reader(zlib.decompress(block, -15) if codec == b"deflate" else block, 0)
        writer = _Writer()
        for _ in range(count):
            writer.value(schema, change(records.value(schema)))
        packed = _deflated(bytes(writer.done)) if codec == b"deflate" else bytes(writer.done)
        done += _long(count) + _long(len(packed)) + packed + sync
    return bytes(done)


def _deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def _long(value: int) -> bytes:
    """Zig-zag, seven bits a byte."""
    rest = (value << 1) ^ (value >> 63)
    done = bytearray()
    while rest & ~0x7F:
        done.append((rest & 0x7F) | 0x80)
        rest >>= 7
    done.append(rest)
    return bytes(done)


def _kind(schema: Schema) -> str:
    return "union" if isinstance(schema, list) else schema["type"] if isinstance(schema, dict) else schema


class _Named:
    """Types that a schema names once and refers to later."""

    def __init__(self) -> None:
        self.types: dict[str, Schema] = {}

    def resolve(self, schema: Schema) -> Schema:
        if isinstance(schema, dict):
            if "name" in schema:
                self.types[schema["name"]] = schema
            if isinstance(schema["type"], dict | list):
                return self.resolve(schema["type"])
        return self.types.get(schema, schema) if isinstance(schema, str) else schema


class _Reader(_Named):
    def __init__(self, content: bytes, at: int) -> None:
        super().__init__()
        self.content, self.at = content, at

    def long(self) -> int:
        value = shift = 0
        while True:
            byte = self.content[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)
            shift += 7

    def raw(self, size: int) -> bytes:
        self.at += size
        return self.content[self.at - size : self.at]

    def map_of_bytes(self) -> dict[str, bytes]:
        return {str(key): value for key, value in self.value({"type": "map", "values": "bytes"}).items()}

    def value(self, schema: Schema) -> Any:
        schema = self.resolve(schema)
        kind = _kind(schema)
        if kind == "union":
            branch = self.long()
            return branch, self.value(schema[branch])
        if kind == "record":
            return {field["name"]: self.value(field["type"]) for field in schema["fields"]}
        if kind in ("array", "map"):
            return self._blocks(schema, kind)
        if kind in ("string", "bytes"):
            content = self.raw(self.long())
            return content.decode() if kind == "string" else content
        if kind in ("int", "long", "enum"):
            return self.long()
        if kind == "null":
            return None
        if kind == "boolean":
            return self.raw(1) != b"\0"
        return self.raw({"float": 4, "double": 8}.get(kind) or schema["size"])

    def _blocks(self, schema: Schema, kind: str) -> Any:
        items: list[Any] = []
        while count := self.long():
            if count < 0:
                count = -count
                self.long()
            for _ in range(count):
                if kind == "map":
                    key = self.raw(self.long()).decode()
                    items.append((key, self.value(schema["values"])))
                else:
                    items.append(self.value(schema["items"]))
        return dict(items) if kind == "map" else items


class _Writer(_Named):
    def __init__(self) -> None:
        super().__init__()
        self.done = bytearray()

    def value(self, schema: Schema, value: Any) -> None:
        schema = self.resolve(schema)
        kind = _kind(schema)
        if kind == "union":
            branch, own = value
            self.done += _long(branch)
            self.value(schema[branch], own)
        elif kind == "record":
            for field in schema["fields"]:
                self.value(field["type"], value[field["name"]])
        elif kind in ("array", "map"):
            self._block(schema, kind, value)
        elif kind in ("string", "bytes"):
            content = value.encode() if kind == "string" else value
            self.done += _long(len(content)) + content
        elif kind in ("int", "long", "enum"):
            self.done += _long(value)
        elif kind == "boolean":
            self.done += struct.pack("?", value)
        elif kind != "null":
            self.done += value

    def _block(self, schema: Schema, kind: str, value: Any) -> None:
        if value:
            self.done += _long(len(value))
            for one in value:
                if kind == "map":
                    self.value("string", one)
                    self.value(schema["values"], value[one])
                else:
                    self.value(schema["items"], one)
        self.done += b"\0"
