"""The package as a whole: the header is used up, the names are the header's, the types and documents hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import CHELSEA, HEADER, PACKAGE, ROCKET

import cretula
from cretula import _call, keyring, options, records
from cretula._native import lib

SOURCES = {path.name: path.read_text(encoding="utf-8") for path in (PACKAGE / "cretula").glob("*.py")}


def test_every_function_of_the_header_is_used() -> None:
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL)
    functions = set(re.findall(r"\b(cretula_\w+)\(", text))
    assert len(functions) >= 65
    used = set(re.findall(r"\b_?lib\.(cretula_\w+)", "".join(SOURCES.values())))
    assert functions == used
    for name in functions:
        assert callable(getattr(lib, name))


def test_constants_are_the_header_s() -> None:
    text = HEADER.read_text(encoding="utf-8")
    constants = re.findall(r"^#define (CRETULA_\w+) (-?\d+)$", text, flags=re.MULTILINE)
    assert len(constants) >= 60
    for name, value in constants:
        assert getattr(lib, name) == int(value)
    assert f"{cretula.ABI_VERSION[0]}.{cretula.ABI_VERSION[1]}" == "1.0"
    assert f'#define CRETULA_VERSION "{cretula.__version__}"' in text


def literals(name: str) -> set[str]:
    found = re.search(rf"    {name} = Literal\[(.*?)\]\n", "".join(SOURCES.values()), flags=re.DOTALL)
    assert found, name
    return set(re.findall(r'"([^"]+)"', found[1]))


def test_the_types_know_every_name() -> None:
    tables: dict[str, dict[str, Any]] = {
        "Fit": options.FITS,
        "Metadata": options.METADATA,
        "OutputFormat": options.FORMATS,
        "Color": options.COLORS,
        "Profile": _call.PROFILES,
        "Encoding": keyring.ENCODINGS,
        "Record": records.RECORDS,
    }
    for name, table in tables.items():
        assert literals(name) == set(table), name
    assert literals("Format") == set(options.FORMATS) - {"source"}


def test_all_is_said_once_and_documented() -> None:
    assert cretula.__all__ == sorted(set(cretula.__all__), key=lambda n: (n != "ABI_VERSION", n))
    for name in cretula.__all__:
        assert name in ("ABI_VERSION", "__version__") or getattr(cretula, name).__doc__, name
    for name, text in SOURCES.items():
        assert text.startswith('"""') and text.count("\n") < 600, name
        assert max(map(len, text.splitlines())) <= 110, name


def test_types() -> None:
    pytest.importorskip("mypy", reason="NOT TESTED: the types, for mypy is not installed")
    command = [sys.executable, "-m", "mypy", "--strict", "cretula", "tests", "benches"]
    done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numpy")
    pytest.importorskip("PIL")
    (tmp_path / "photo.jpg").write_bytes(ROCKET)
    (tmp_path / "photo.png").write_bytes(CHELSEA)
    monkeypatch.chdir(tmp_path)
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(blocks) >= 5
    names: dict[str, Any] = {}
    for number, block in enumerate(blocks):
        exec(compile(block, f"README.md, example {number}", "exec"), names)


def test_the_example_in_the_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    root = PACKAGE.parent.parent
    monkeypatch.chdir(root)
    text = (root / "src/docs/python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert len(blocks) == 1
    exec(compile(blocks[0], "src/docs/python.md", "exec"), {})
