"""Inventories of S3 and Google Cloud Storage: their keys, joined to the URL under which the bucket is served."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote_plus

from ..target import Target
from ..text import quoted
from .base import MAX_DOCUMENT, Entry, Input, is_url, length_of, type_of
from .delimited import Cell, records
from .delimiter import URL_NAMES, column_name, delimiter_of, first_lines, names_objects
from .opening import opened

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,221}[a-z0-9]")
_PLAIN = ["bucket", "key", "size"]
_VERSIONED = ["bucket", "key", "versionid", "islatest", "isdeletemarker", "size"]


def looks_like_inventory(head: str) -> bool:
    """Whether a table is an inventory: a header with bucket and key or name, or quoted rows that begin with one bucket and hold no URL."""
    lines = first_lines(head, 20)
    if not lines:
        return False
    if names_objects([_name(cell.strip('"')) for cell in re.split(r"[,;\t|]", lines[0])]):
        return True
    if not all(line.startswith('"') for line in lines):
        return False
    rows = [re.findall(r'"((?:[^"]|"")*)"', line) for line in lines]
    if any(column_name(cell) in URL_NAMES for cell in rows[0]):
        return False
    return all(
        len(row) >= 2
        and row[0] == rows[0][0]
        and _BUCKET.fullmatch(row[0])
        and not any(is_url(cell.lstrip()) for cell in row)
        for row in rows
    )


def read_inventory(source: Input) -> Iterator[Entry]:
    """Objects as targets with their size and type; folders, delete markers and old versions are left out.

    A manifest.json names its data files, which are looked for beside it. Raises SourceError without a base URL.
    """
    if source.options.base_url is None:
        raise source.error(
            "is an inventory of keys: say with --base-url where the bucket is served"
        )
    if not is_manifest(source):
        yield from _objects(source, _schema_beside(source.path))
        return
    manifest = _manifest(source)
    schema = _schema(source, manifest)
    for data in _data_files(source, manifest):
        with opened(str(data), source.options) as found:
            yield from _objects(found, schema)


def is_manifest(source: Input) -> bool:
    """Whether an inventory is its manifest.json, and not the data."""
    return source.head.lstrip().startswith("{")


def data_files(source: Input) -> list[Path]:
    """The data files that a manifest.json names, where they are: beside it, or as S3 lays them out."""
    return _data_files(source, _manifest(source))


def _data_files(source: Input, manifest: dict[str, object]) -> list[Path]:
    form = str(manifest.get("fileFormat", "CSV"))
    if form.upper() != "CSV":
        raise source.error(f"is an inventory in {form}: have it written as CSV")
    files = manifest.get("files")
    named = files if isinstance(files, list) else []
    return [_located(source, str(item.get("key", ""))) for item in named if isinstance(item, dict)]


def _located(source: Input, key: str) -> Path:
    folder = source.path.parent if source.path else Path()
    name = PurePosixPath(key).name
    for path in (folder / name, folder / "data" / name, folder.parent / "data" / name):
        if name and path.is_file():
            return path
    raise source.error(f"names a data file that is not here: {quoted(name)}")


def _manifest(source: Input) -> dict[str, object]:
    import json  # a table without a manifest, and every other source, do without it

    if len(source.head) >= 60_000:
        raise source.error("is too large for the manifest of an inventory")
    try:
        manifest = json.loads(source.head)
    except ValueError as error:
        raise source.error(f"is not JSON: {error}") from None
    except RecursionError:
        raise source.error("is nested too deep") from None
    return manifest if isinstance(manifest, dict) else {}


def _schema(source: Input, manifest: dict[str, object]) -> list[str] | None:
    schema = manifest.get("fileSchema")
    names = [_name(name) for name in schema.split(",")] if isinstance(schema, str) else None
    if names is not None and "key" not in names:
        raise source.error("has a fileSchema without Key")
    return names


def _schema_beside(path: Path | None) -> list[str] | None:
    """The columns, from a manifest.json that names this data file."""
    if path is None:
        return None
    import json

    near = (path.parent / "manifest.json", path.parent.parent / "manifest.json")
    for manifest in (*near, *sorted(path.parent.parent.glob("*/manifest.json"))):
        if not manifest.is_file() or manifest.stat().st_size > MAX_DOCUMENT:
            continue
        text = manifest.read_text(encoding="utf-8", errors="replace")
        if path.name in text and '"fileSchema"' in text:
            try:
                schema = str(json.loads(text)["fileSchema"])
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
            return [_name(name) for name in schema.split(",")]
    return None


def _objects(source: Input, schema: list[str] | None) -> Iterator[Target]:
    rows = records(source, delimiter_of(source.head, "csv") or ",")
    first = next(rows, None)
    if first is None:
        return
    names = [_name(cell.text) for cell in first]
    headed = names_objects(names)
    columns = names if headed else schema or _guessed(first)
    encoded = "key" in columns  # S3 writes its keys URL-encoded, Google writes names as they are
    for row in rows if headed else chain([first], rows):
        values = dict(zip(columns, row, strict=False))
        cell = values.get("key" if encoded else "name")
        if cell is None or not cell.text or cell.text.endswith("/") or _is_gone(values):
            continue
        key = unquote_plus(cell.text, errors="surrogateescape") if encoded else cell.text
        yield _target(source, cell, key, values)


def _target(source: Input, cell: Cell, key: str, values: dict[str, Cell]) -> Target:
    base = (source.options.base_url or "").removesuffix("/")
    size, kind = values.get("size"), values.get("contenttype")
    packed = values.get("contentencoding")
    return Target(
        url=f"{base}/{quote(key, safe='/', errors='surrogateescape')}",
        source=source.at(cell.place),
        declared_length=length_of(size.text) if size and not (packed and packed.text) else None,
        declared_type=type_of(kind.text) if kind else None,
    )


def _is_gone(values: dict[str, Cell]) -> bool:
    """A delete marker, or a version that is not the latest."""
    latest, marker = values.get("islatest"), values.get("isdeletemarker")
    return (latest is not None and latest.text.lower() == "false") or (
        marker is not None and marker.text.lower() == "true"
    )


def _guessed(first: list[Cell]) -> list[str]:
    versioned = len(first) > 4 and all(
        first[index].text.lower() in ("true", "false") for index in (3, 4)
    )
    return _VERSIONED if versioned else _PLAIN


def _name(text: str) -> str:
    return text.strip().lower().replace("_", "").replace(" ", "")
