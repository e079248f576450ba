"""One photograph, three variants, one row each: what the engines share.

In: keys, which name photographs below a source. Out: variants below a target, and rows that say what
became of them. Only keys and rows pass through an engine, never bytes: workers read and write the
storage. Must not know of an engine.

A worker is a process of its own beside the engine's (``python common.py SOURCE TARGET``): a photograph
that kills it becomes a row, whether or not the engine could survive the loss of one of its own.
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
# Every variant states its format, so that its name is known before it is rendered.
EXTENSIONS = {variant: cretula.extension(options.format) for variant, options in VARIANTS.items()}
LIMITS = cretula.Limits(max_input_bytes=100_000_000, deadline=60.0)
ATTEMPTS = 2  # A worker may have died of its machine, not of the photograph.

# Said, not inferred: a column without a value has no type of its own. A row has either an output or an error.
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
    """A folder, or what a URI such as ``s3://bucket/prefix`` names."""

    def __init__(self, place: str) -> None:
        if "://" in place:
            self._files, root = fs.FileSystem.from_uri(place)
        else:
            self._files, root = fs.LocalFileSystem(), os.path.abspath(place)
        self.root = root.rstrip("/")
        self._scratch = f"{self.root}/.tmp/{uuid.uuid4().hex}"

    def keys(self, folder: str = "") -> list[str]:
        """The files below a folder, sorted; without those below hidden ones."""
        at = f"{self.root}/{folder}".rstrip("/")
        selector = fs.FileSelector(at, recursive=True, allow_not_found=bool(folder))
        try:
            found = [info.path for info in self._files.get_file_info(selector) if info.is_file]
        except UnicodeDecodeError as error:
            sys.exit(f"the name {error.object!r} is not UTF-8: rename the file")
        keys = sorted(path[len(at) + 1 :] for path in found)
        return [key for key in keys if not any(part.startswith(".") for part in key.split("/"))]

    def read(self, key: str, limit: Optional[int] = None) -> pa.Buffer:
        """The bytes of a file, at most `limit` of them."""
        with self._files.open_input_file(f"{self.root}/{key}") as file:
            return file.read_buffer(limit)

    def write(self, key: str, data: Any) -> None:
        """Writes a whole file or none: a folder's through a temporary name, an object store's puts are so."""
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
    """Where a variant is written: the same in every run."""
    return f"{variant}/{key}.{EXTENSIONS[variant]}"


def _row(key: str, variant: str, **columns: Any) -> Row:
    return {**dict.fromkeys(SCHEMA.names), "key": key, "variant": variant, **columns}


def refused(key: str, kind: str, message: str) -> list[Row]:
    """A failure is a failure of the whole set."""
    return [_row(key, variant, kind=kind, message=message) for variant in VARIANTS]


def render(renderer: cretula.Renderer, source: Storage, target: Storage, key: str) -> list[Row]:
    """Reads a photograph, writes its variants, and gives a row for each."""
    if key == os.environ.get("BATCH_KILL"):
        os._exit(137)  # For tests: what a codec that crashes, or the kernel when memory is out, would do.
    rows = []
    try:
        # One byte more than allowed, so that the library says what is wrong with a larger one.
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
    """The worker: a key a line in, its rows a line out, both as JSON, until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started it: finish the photograph.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Whatever else prints, prints to standard error.
    read_from, write_to, renderer = Storage(source), Storage(target), cretula.Renderer(LIMITS)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        rows = render(renderer, read_from, write_to, json.loads(line))
        print(json.dumps(rows), file=answers, flush=True)
        if rows[0]["kind"] == "panic":
            return  # A new process has a new renderer.


class Worker:
    """What an engine keeps one of for each core: a process that renders, replaced when it dies."""

    def __init__(self, source: str, target: str) -> None:
        self._places, self._target = (source, target), Storage(target)
        self._process = self._started()

    def _started(self) -> subprocess.Popen[str]:
        command = [sys.executable, os.path.abspath(__file__), *self._places]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        # A worker that cannot start is no photograph's fault.
        if process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{' '.join(command)} did not start: status {process.wait()}")
        return process

    def render(self, key: str) -> list[Row]:
        """The rows of a photograph, also if its process dies."""
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
        """The rows of some photographs, which are then in the manifest, too."""
        rows = [row for key in keys for row in self.render(key)]
        table, part = pa.Table.from_pylist(rows, schema=SCHEMA), pa.BufferOutputStream()
        pq.write_table(table, part)
        # Later parts sort behind earlier ones.
        self._target.write(f".manifest/{time.time_ns():020}-{uuid.uuid4().hex}.parquet", part.getvalue())
        return table

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()


def manifest(target: str) -> dict[tuple[str, str], Row]:
    """What became of each photograph and variant, by the last run that tried it."""
    storage, rows = Storage(target), {}
    for part in storage.keys(".manifest"):
        for row in pq.read_table(pa.BufferReader(storage.read(f".manifest/{part}"))).to_pylist():
            rows[row["key"], row["variant"]] = row
    return rows


def arguments(description: Optional[str]) -> argparse.Namespace:
    """The arguments of every engine, and in `todo` the keys that no run has finished."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("source", help="folder or URI of the photographs")
    parser.add_argument("target", help="folder or URI of the variants and the manifest")
    parser.add_argument("--keys", help="file with one key a line, instead of all files of the source")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="default: one a core")
    parser.add_argument("--batch", type=int, default=16, help="photographs a part of the manifest")
    parser.add_argument("--retry", action="append", default=[], metavar="KIND", help="try errors of this kind again")
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
    # Few photographs are spread over all workers.
    args.batch = max(1, min(args.batch, -(-len(args.todo) // args.workers)))
    print(f"{len(args.todo)} of {len(keys)} photographs to do", file=sys.stderr)
    return args


def batches(keys: list[str], size: int) -> Iterator[list[str]]:
    """The keys in lists of this size."""
    return (keys[at : at + size] for at in range(0, len(keys), size))


def report(keys: list[str], kinds: Counter[Optional[str]]) -> int:
    """Prints how many rows there are of each kind; the exit status is 1 if some are missing."""
    missing = len(keys) * len(VARIANTS) - sum(kinds.values())
    print(json.dumps({"photographs": len(keys), "rendered": kinds.pop(None, 0), "errors": kinds, "missing": missing}))
    return 1 if missing else 0


if __name__ == "__main__":
    serve(*sys.argv[1:])
