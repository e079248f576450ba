"""Tests the batches as users run them: 60 photographs with threads, Ray, and Spark if it is installed.

`BATCH_PHOTOGRAPHS` is the folder of the photographs; by default, they are this repository's test images.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import cretula
import common

HERE = Path(__file__).resolve().parent
TESTS = HERE.parents[1] / "tests"
BROKEN, KILLER = "broken/not an image.jpg", "pets/Zürich im Mai.jpg"
PHOTOGRAPHS = 60


def found():
    """A mixture of images: mostly valid ones, of every format, and some malformed ones."""
    if folder := os.environ.get("BATCH_PHOTOGRAPHS"):
        return sorted(path for path in Path(folder).rglob("*") if path.is_file()), Path(folder)
    images = [path for path in sorted(TESTS.rglob("*")) if path.suffix in (".jpg", ".jpeg", ".png", ".webp", ".gif")]
    images = [path for path in images if {"images", "corpus"} & set(path.relative_to(TESTS).parts)]
    bad = [path for path in images if "malformed" in path.parts]
    good = [path for path in images if "malformed" not in path.parts]
    return good[:: max(1, len(good) // 50)][:50] + bad[:: max(1, len(bad) // 20)], TESTS


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    images, root = found()
    for path in images[: PHOTOGRAPHS - 2]:
        copy = folder / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    for key, data in (BROKEN, b"no image"), (KILLER, (TESTS / "images/rocket.jpg").read_bytes()):
        (folder / key).parent.mkdir(exist_ok=True)
        (folder / key).write_bytes(data)
    assert len([path for path in folder.rglob("*") if path.is_file()]) == PHOTOGRAPHS
    return folder


def start(engine, source, target, *options, kill=None):
    environment = {**os.environ, "BATCH_KILL": kill} if kill else os.environ
    command = [sys.executable, str(HERE / f"{engine}.py"), str(source), str(target), "--batch", "8", *options]
    return subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


def run(engine, source, target, *options, kill=None):
    """Runs an engine; returns its report, the number of photographs to do, and the exit status."""
    process = start(engine, source, target, *options, kill=kill)
    said, errors = process.communicate()
    assert said, errors
    report = SimpleNamespace(**json.loads(said.splitlines()[-1]))
    report.todo = next(int(line.split()[0]) for line in errors.splitlines() if "photographs to do" in line)
    report.status = process.returncode
    return report


def outputs(target):
    """The files of a target, without the manifest."""
    files = [path for path in sorted(target.rglob("*")) if path.is_file()]
    assert not [path for path in files if ".tmp" in path.parts], "an unfinished file is left"
    return {str(path.relative_to(target)): path for path in files if ".manifest" not in path.parts}


def contents(target):
    return {name: path.read_bytes() for name, path in outputs(target).items()}


def rows_of(target):
    return common.manifest(str(target))


@pytest.fixture(scope="session")
def threads(source, tmp_path_factory):
    """The output of the threads, with which the others are compared."""
    target = tmp_path_factory.mktemp("threads")
    report = run("threads", source, target)
    assert (report.status, report.todo, report.photographs, report.missing) == (0, PHOTOGRAPHS, PHOTOGRAPHS, 0)
    assert report.rendered + sum(report.errors.values()) == PHOTOGRAPHS * len(common.VARIANTS)
    return target


def test_each_photograph_has_a_row_for_each_variant(source, threads):
    rows = rows_of(threads)
    keys = {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()}
    assert set(rows) == {(key, variant) for key in keys for variant in common.VARIANTS}
    made = outputs(threads)
    for (key, variant), row in rows.items():
        if row["kind"]:
            assert row["message"] and row["output"] is None and row["width"] is None, row
            continue
        assert row["output"] == common.output(key, variant)
        data = made.pop(row["output"]).read_bytes()
        info = cretula.probe(data)
        assert (len(data), info.width, info.height) == (row["bytes"], row["width"], row["height"])
        width, height = common.VARIANTS[variant].width, common.VARIANTS[variant].height
        assert info.width <= width and info.height <= height
        assert variant == "hero" or (info.width, info.height) == (width, height), row
    assert not made, "files without a row"


def test_a_broken_photograph_becomes_a_row(threads):
    rows = rows_of(threads)
    for variant in common.VARIANTS:
        row = rows[BROKEN, variant]
        assert row["kind"] == "unsupported-format" and "not an image" in row["message"]
    assert sum(row["kind"] is None for row in rows.values()) > 100, "most photographs are valid"


def test_a_finished_run_repeats_nothing(source, threads):
    before = {name: (path.stat().st_mtime_ns, path.stat().st_ino) for name, path in outputs(threads).items()}
    parts = list(threads.glob(".manifest/*"))
    for engine in "threads", "ray_data":
        report = run(engine, source, threads)
        assert (report.status, report.todo, report.rendered) == (0, 0, 0)
    after = {name: (path.stat().st_mtime_ns, path.stat().st_ino) for name, path in outputs(threads).items()}
    assert after == before and list(threads.glob(".manifest/*")) == parts


def test_a_killed_run_is_resumed(source, threads, tmp_path):
    # A photograph that never arrives, so that the run is not finished when it is killed.
    target, endless = tmp_path / "target", source / "endless"
    os.mkfifo(endless)
    keys = tmp_path / "keys"
    names = sorted(str(path.relative_to(source)) for path in source.rglob("*") if path.is_file())
    keys.write_text("\n".join(["endless", *names]) + "\n", encoding="utf-8")
    process = start("threads", source, target, "--workers", "2", "--keys", str(keys))
    while len(list(target.glob(".manifest/*.parquet"))) < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    endless.unlink()

    rows = rows_of(target)
    assert 0 < len(rows) < PHOTOGRAPHS * len(common.VARIANTS)
    for row in rows.values():
        assert row["kind"] or (target / row["output"]).stat().st_size == row["bytes"]
    first = {row["output"]: (target / row["output"]).stat().st_mtime_ns for row in rows.values() if row["output"]}
    report = run("threads", source, target)
    assert (report.status, report.todo) == (0, PHOTOGRAPHS - len(rows) // len(common.VARIANTS))
    assert {name: (target / name).stat().st_mtime_ns for name in first} == first, "nothing was done twice"
    shutil.rmtree(target / ".tmp")  # The files that were being written.
    assert contents(target) == contents(threads)
    assert rows_of(target) == rows_of(threads)


@pytest.mark.parametrize("engine", ["threads", "ray_data", "spark"])
def test_a_photograph_that_kills_its_worker_affects_only_itself(engine, source, threads, tmp_path):
    pytest.importorskip({"threads": "tqdm", "ray_data": "ray", "spark": "pyspark"}[engine])
    report = run(engine, source, tmp_path, kill=KILLER)
    assert (report.status, report.todo, report.missing) == (0, PHOTOGRAPHS, 0)
    expected = rows_of(threads)
    rows = rows_of(tmp_path)
    assert set(rows) == set(expected)
    for at, row in rows.items():
        if at[0] == KILLER:
            assert row["kind"] == "worker-died" and "2 times" in row["message"], row
        else:
            assert row == expected[at]
    left = {name: data for name, data in contents(threads).items() if KILLER not in name}
    assert contents(tmp_path) == left

    # Once nothing kills it, a later run renders this photograph and no other.
    report = run(engine, source, tmp_path, "--retry", "worker-died")
    assert (report.status, report.todo, report.rendered) == (0, 1, len(common.VARIANTS))
    assert contents(tmp_path) == contents(threads)
    assert rows_of(tmp_path) == expected


def test_a_missing_photograph_becomes_a_row(source, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text(f"nowhere.jpg\n{KILLER}\n{KILLER}\n", encoding="utf-8")
    report = run("threads", source, tmp_path / "target", "--keys", str(keys))
    assert (report.status, report.photographs, report.errors) == (0, 2, {"storage": len(common.VARIANTS)})
    assert "nowhere.jpg" in rows_of(tmp_path / "target")["nowhere.jpg", "hero"]["message"]


@pytest.mark.parametrize(
    "target, key, says",
    [("inside", "a.jpg", "must not be inside"), ("../target", "../a.jpg", "must not have"), ("../target", "", "must not")],
)
def test_targets_and_keys_that_could_overwrite_files_are_refused(tmp_path, target, key, says):
    (tmp_path / "source").mkdir()
    (tmp_path / "keys").write_text(f"{key}\n")
    process = start("threads", tmp_path / "source", tmp_path / "source" / target, "--keys", str(tmp_path / "keys"))
    assert says in process.communicate()[1] and process.returncode == 2


def test_a_worker_that_cannot_start_is_an_error(tmp_path):
    with pytest.raises(RuntimeError, match="did not start"):
        common.Worker("nowhere://source", str(tmp_path))
