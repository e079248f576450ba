"""One photograph, three variants, one row each: the code shared by the engines.

In: keys, which name photographs below a source. Out: variants below a target, and a row with the result
of each. Only keys and rows pass through an engine, never bytes: workers read and write the storage. Must
not know about engines.

A worker is a separate process beside the engine's (``python common.py SOURCE TARGET``): a photograph
that kills it becomes a row, even if the engine could not survive the loss of one of its own processes.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any, Optional

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

import cretula

VARIANTS = {
    "hero": cretula.VariantOptions.parse("w=1366,h=768,fit=scale-down,f=jpeg,anim=false"),
    "card": cretula.VariantOptions.parse("w=640,h=360,fit=cover,f=webp,anim=false"),
    "thumb": cretula.VariantOptions.parse("w=160,h=160,fit=cover,f=jpeg,anim=false"),
}
# Every variant has an explicit format, so that its name is known before it is rendered.
EXTENSIONS = {variant: cretula.extension(options.format) for variant, options in VARIANTS.items()}
LIMITS = cretula.Limits(max_input_bytes=100_000_000, deadline=60.0)
ATTEMPTS = 2  # The machine may have killed the worker, not the photograph.

# Explicit, because the type of a column without values cannot be inferred. A row has either an
# output or an error.
SCHEMA = pa.schema(
    [
        ("key", pa.string()),
        ("variant", pa.string()),
        ("output", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("bytes", pa.int64()),
        ("kind", pa.string()),
        ("message", pa.string()),
    ]
)

Row = dict[str, Any]


class Storage:
    """A folder, or the target of a URI such as ``s3://bucket/prefix``."""

    def __init__(self, place: str) -> None:
        if "://" in place:
            self._files, root = fs.FileSystem.from_uri(place)
        else:
            self._files, root = fs.LocalFileSystem(), os.path.abspath(place)
        self.root = root.rstrip("/")
        self._scratch = f"{self.root}/.tmp/{uuid.uuid4().hex}"

    def keys(self, folder: str = "") -> list[str]:
        """The files below a folder, sorted, without hidden files and folders."""
        at = f"{self.root}/{folder}".rstrip("/")
        selector = fs.FileSelector(at, recursive=True, allow_not_found=bool(folder))
        try:
            found = [info.path for info in self._files.get_file_info(selector) if info.is_file]
        except UnicodeDecodeError as error:
            sys.exit(f"the name {error.object!r} is not UTF-8: rename the file")
        keys = sorted(path[len(at) + 1 :] for path in found)
        return [key for key in keys if not any(part.startswith(".") for part in key.split("/"))]

    def read(self, key: str, limit: Optional[int] = None) -> pa.Buffer:
        """The bytes of a file, at most `limit`."""
        with self._files.open_input_file(f"{self.root}/{key}") as file:
            return file.read_buffer(limit)

    def write(self, key: str, data: Any) -> None:
        """Writes a file atomically: in a folder by renaming it; puts to an object store are atomic."""
        path = f"{self.root}/{key}"
        local = isinstance(self._files, fs.LocalFileSystem)
        if local:
            self._files.create_dir(os.path.dirname(path), recursive=True)
            self._files.create_dir(os.path.dirname(self._scratch), recursive=True)
        with self._files.open_output_stream(self._scratch if local else path) as file:
            file.write(data)
        if local:
            self._files.move(self._scratch, path)


def output(key: str, variant: str) -> str:
    """The key of a variant, which is the same in every run."""
    return f"{variant}/{key}.{EXTENSIONS[variant]}"


def _row(key: str, variant: str, **columns: Any) -> Row:
    return {**dict.fromkeys(SCHEMA.names), "key": key, "variant": variant, **columns}


def refused(key: str, kind: str, message: str) -> list[Row]:
    """The rows of a photograph that failed: no variant of it is rendered."""
    return [_row(key, variant, kind=kind, message=message) for variant in VARIANTS]


def render(renderer: cretula.Renderer, source: Storage, target: Storage, key: str) -> list[Row]:
    """Reads a photograph, writes its variants, and returns a row for each."""
    if key == os.environ.get("BATCH_KILL"):
        os._exit(137)  # For tests: simulates a crash, or the kernel's OOM killer.
    rows = []
    try:
        # One byte above the limit, so that the library reports photographs that are too large.
        photograph = source.read(key, LIMITS.max_input_bytes + 1)
        rendered = renderer.render_set(photograph, VARIANTS.values())
        for variant, image in zip(VARIANTS, rendered):
            name, size = output(key, variant), len(image.data)
            target.write(name, image.data)
            rows.append(_row(key, variant, output=name, width=image.width, height=image.height, bytes=size))
        return rows
    except cretula.Error as error:
        return refused(key, error.kind, str(error))
    except (OSError, pa.ArrowException) as error:
        return refused(key, "storage", str(error))


def serve(source: str, target: str) -> None:
    """The worker: reads a key per line and writes its rows as a line, both as JSON, until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent: finish the photograph.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # All other output goes to standard error.
    read_from, write_to, renderer = Storage(source), Storage(target), cretula.Renderer(LIMITS)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        rows = render(renderer, read_from, write_to, json.loads(line))
        print(json.dumps(rows), file=answers, flush=True)
        if rows[0]["kind"] == "panic":
            return  # A new process has a new renderer.


class Worker:
    """A process that renders, one per core, and is replaced when it dies."""

    def __init__(self, source: str, target: str) -> None:
        self._places, self._target = (source, target), Storage(target)
        self._process = self._started()

    def _started(self) -> subprocess.Popen[str]:
        command = [sys.executable, os.path.abspath(__file__), *self._places]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        # A worker that cannot start is not the photograph's fault.
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{' '.join(command)} did not start: status {process.wait()}")
        return process

    def render(self, key: str) -> list[Row]:
        """The rows of a photograph, even if its process dies."""
        for _ in range(ATTEMPTS):
            if self._process.poll() is not None:
                self._process = self._started()
            try:
                print(json.dumps(key), file=self._process.stdin, flush=True)
                answer = self._process.stdout.readline()
            except BrokenPipeError:
                answer = ""
            if answer.endswith("\n"):
                return json.loads(answer)
            status = self._process.wait()
        return refused(key, "worker-died", f"the worker ended with status {status}, {ATTEMPTS} times")

    def render_batch(self, keys: list[str]) -> pa.Table:
        """Renders some photographs, adds their rows to the manifest, and returns the rows."""
        rows = [row for key in keys for row in self.render(key)]
        table, part = pa.Table.from_pylist(rows, schema=SCHEMA), pa.BufferOutputStream()
        pq.write_table(table, part)
        # Later parts sort after earlier ones.
        self._target.write(f".manifest/{time.time_ns():020}-{uuid.uuid4().hex}.parquet", part.getvalue())
        return table

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()


def manifest(target: str) -> dict[tuple[str, str], Row]:
    """The row of each photograph and variant, from the last run that tried it."""
    storage, rows = Storage(target), {}
    for part in storage.keys(".manifest"):
        for row in pq.read_table(pa.BufferReader(storage.read(f".manifest/{part}"))).to_pylist():
            rows[row["key"], row["variant"]] = row
    return rows


def arguments(description: Optional[str]) -> argparse.Namespace:
    """Parses the arguments of every engine; `todo` is the list of keys that no run has finished."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("source", help="folder or URI of the photographs")
    parser.add_argument("target", help="folder or URI of the variants and the manifest")
    parser.add_argument("--keys", help="file with one key per line, instead of all files of the source")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="default: one per core")
    parser.add_argument("--batch", type=int, default=16, help="photographs per part of the manifest")
    parser.add_argument("--retry", action="append", default=[], metavar="KIND", help="retry errors of this kind")
    args = parser.parse_args()
    if args.workers < 1 or args.batch < 1:
        parser.error("--workers and --batch must be at least 1")
    source, target = Storage(args.source), Storage(args.target)
    if f"{target.root}/".startswith(f"{source.root}/"):
        parser.error(f"the target {target.root} must not be inside the source {source.root}")
    if args.keys:
        with open(args.keys, encoding="utf-8") as lines:
            keys = list(dict.fromkeys(line.rstrip("\n") for line in lines))
    else:
        keys = source.keys()
    for key in keys:
        if any(part in ("", ".", "..") for part in key.split("/")):
            parser.error(f"key {key!r} must not have an empty segment, . or ..")
    done = {key for (key, _), row in manifest(args.target).items() if row["kind"] not in args.retry}
    args.todo = [key for key in keys if key not in done]
    # Spreads a small number of photographs over all workers.
    args.batch = max(1, min(args.batch, -(-len(args.todo) // args.workers)))
    print(f"{len(args.todo)} of {len(keys)} photographs to do", file=sys.stderr)
    return args


def batches(keys: list[str], size: int) -> Iterator[list[str]]:
    """The keys in lists of this size."""
    return (keys[at : at + size] for at in range(0, len(keys), size))


def report(keys: list[str], kinds: Counter[Optional[str]]) -> int:
    """Prints the number of rows of each kind; returns the exit status, 1 if some are missing."""
    missing = len(keys) * len(VARIANTS) - sum(kinds.values())
    print(json.dumps({"photographs": len(keys), "rendered": kinds.pop(None, 0), "errors": kinds, "missing": missing}))
    return 1 if missing else 0


if __name__ == "__main__":
    serve(*sys.argv[1:])
