"""The package as a whole: it uses the whole header, its names are those of the header, its types
and documents hold.
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, get_args

import pytest
from support import CHELSEA, HEADER, PACKAGE, ROCKET

import cretula
from cretula import _call, options, records, signing
from cretula.records import identifiers, models
from cretula._native import lib

SOURCES = {
    str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8")
    for path in (PACKAGE / "cretula").rglob("*.py")
    if path.parent.name != "_native"
}


EMPTY = inspect.Parameter.empty


def defaults(call: Callable[..., Any]) -> dict[str, Any]:
    return {name: parameter.default for name, parameter in inspect.signature(call).parameters.items()}


def test_every_function_of_the_header_is_used() -> None:
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL)
    functions = set(re.findall(r"\b(cretula_\w+)\(", text))
    assert len(functions) >= 65
    used = set(re.findall(r"\b_?lib\.(cretula_\w+)", "".join(SOURCES.values())))
    # The options of a struct are read as a text, which can say more.
    assert functions == used | {"cretula_variant_options_parse"}
    for name in functions:
        assert callable(getattr(lib, name))


def test_constants_are_the_header_s() -> None:
    text = HEADER.read_text(encoding="utf-8")
    constants = re.findall(r"^#define (CRETULA_\w+) (-?\w+)$", text, flags=re.MULTILINE)
    assert len(constants) >= 60
    for name, value in constants:
        assert getattr(lib, name) == int(value, 0)
    assert f"{cretula.ABI_VERSION[0]}.{cretula.ABI_VERSION[1]}" == "1.0"
    assert f'#define CRETULA_VERSION "{cretula.__version__}"' in text


def test_the_types_have_every_name() -> None:
    tables: list[tuple[Any, dict[str, int]]] = [
        (options.Fit, options.FITS),
        (options.Metadata, options.METADATA),
        (options.OutputFormat, options.FORMATS),
        (options.Color, _call.constants("COLOR")),
        (options.Shrink, _call.constants("SHRINK")),
        (options.Damaged, _call.constants("DAMAGED")),
        (identifiers.RuleSet, _call.RULES),
        (signing.Encoding, signing.ENCODINGS),
        (models.Record, models.RECORDS),
    ]
    for literal, table in tables:
        assert set(get_args(literal)) == set(table), literal
    assert set(get_args(options.Format)) == set(options.FORMATS) - {"source"}


def test_public_names_are_few_and_documented() -> None:
    assert len(cretula.__all__) <= 45 and len(set(cretula.__all__)) == len(cretula.__all__)
    for module in (cretula, signing, records):
        for name in module.__all__:
            literal = get_args(getattr(module, name))
            assert literal or name in ("ABI_VERSION", "RENDERING_VERSION", "__version__") or getattr(module, name).__doc__, name
    hidden = {"NullPointerError", "StructSizeError", "UnknownConstantError", "BadHandleError"}
    assert not hidden & set(dir(cretula))
    for name, text in SOURCES.items():
        assert text.startswith('"""') and text.count("\n") < 600, name
        assert max(map(len, text.splitlines())) <= 110, name


def test_each_option_is_a_parameter_with_its_default() -> None:
    output = defaults(options.OutputOptions)
    # The other fields of VariantOptions are in `others`: test_options.py tests them.
    plain = {"options": None, "fit": None, "width": None, "height": None, "metadata": "none", "others": EMPTY}
    both = {"data": EMPTY, **plain, **output}
    assert defaults(cretula.render) == {**both, "limits": None}
    assert defaults(cretula.Renderer.render) == {"self": EMPTY, **both, "cancel": None}
    both = {"self": EMPTY, "data": EMPTY, "variants": EMPTY, **output, "cancel": None}
    assert defaults(cretula.Renderer.render_set) == both


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
    assert len(blocks) >= 2
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "src/docs/python.md", "exec"), names)
