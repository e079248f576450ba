"""Runs the commands in README.md against a fresh server, as a reader would type them.

All ```sh blocks under "With curl" run in one bash session. A ```text block after one is its expected
output, in which … matches anything. The ```python blocks run after them. The server starts as in the
README, without a configuration: it creates an account, and the same command then restarts with it.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from service import BINARY, EXAMPLE, ROOT, Tally, free_port

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
MARK = "--- end of a block ---"


def blocks():
    """The blocks of the README from "With curl" on, as (language, text)."""
    text = (EXAMPLE / "README.md").read_text()
    return BLOCK.findall(text[text.index("\n## With curl\n"):text.index("\n## Endpoints\n")])


def start(folder, port):
    """Starts the server as `cargo run --release` does, except for the port."""
    listen = f"127.0.0.1:{port}"
    child = subprocess.Popen([BINARY, "--listen", listen], cwd=folder, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 20
    while subprocess.run(["curl", "-fs", "-o", "/dev/null", f"http://{listen}/ready"]).returncode:
        if child.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"not ready: {child.communicate()[0]}")
        time.sleep(0.1)
    return child


def stop(child):
    child.terminate()
    return child.communicate(timeout=30)[0]


def run_shell(tally, folder, port, found):
    session = "".join(text + f"echo '{MARK}'\n" for language, text in found if language == "sh")
    session = session.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    done = subprocess.run(["bash", "-eu"], input=session, cwd=folder, capture_output=True, text=True, timeout=120)
    tally.check("every command succeeds", done.returncode == 0, done.stderr)
    outputs, expected = done.stdout.split(MARK + "\n")[:-1], []
    for language, text in found:
        if language == "sh":
            expected.append("")
        elif language == "text":
            expected[-1] = text
    tally.equal("every block ran", len(outputs), len(expected))
    for output, wanted in zip(outputs, expected):
        pattern = ".*".join(re.escape(part) for part in wanted.strip().split("…"))
        tally.check("a block prints the expected output", re.fullmatch(pattern, output.strip(), re.S),
                    f"\n{output.strip()}\nexpected\n{wanted.strip()}")


def run_python(tally, folder, port, found, environment):
    for language, text in found:
        if language == "python":
            lines = text.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
            done = subprocess.run([sys.executable, "-c", lines], cwd=folder, capture_output=True, text=True,
                                  env=os.environ | environment, timeout=120)
            tally.check("the official client's example runs", done.returncode == 0 and "/public" in done.stdout,
                        done.stdout + done.stderr)


def promises(tally):
    """Checks that the tests and functions named in THREATS.md exist."""
    found = re.findall(r"`((?:src|tests)/[\w/.]+)::(\w+)`", (EXAMPLE / "THREATS.md").read_text())
    tally.check("THREATS.md names tests", len(found) > 20, len(found))
    for file, name in found:
        text = (EXAMPLE / file).read_text() if (EXAMPLE / file).exists() else ""
        tally.check(f"{file}::{name}", re.search(rf"^\s*(?:async )?(?:fn|def) {name}\(", text, re.M), "does not exist")


def value(text, pattern):
    match = re.search(pattern, text, re.M)
    return match.group(1) if match else ""


def main():
    tally, found, port = Tally("the README"), blocks(), free_port()
    promises(tally)
    with tempfile.TemporaryDirectory(prefix="cretula-") as name:
        # The commands use ../../tests/images, relative to the example's folder.
        (Path(name) / "tests").symlink_to(ROOT / "tests")
        folder = Path(name) / "examples" / "server"
        folder.mkdir(parents=True)
        child = start(folder, port)
        file = folder / "data" / "server.toml"
        first = file.read_text()
        tally.equal("only the owner can read the token", file.stat().st_mode & 0o777, 0o600)
        run_shell(tally, folder, port, found)
        credentials = {"ACCOUNT": value(first, r'^id = "(.*)"'), "TOKEN": value(first, r'^tokens = \["(.*)"\]')}
        run_python(tally, folder, port, found, credentials)
        printed = stop(child)
        tally.check("the first start prints the path of the account", "server.toml" in printed, printed[:1000])
        tally.check("the first start prints how to upload", "curl" in printed, printed[:1000])
        again = start(folder, port)
        tally.equal("the second start keeps the account", file.read_text(), first)
        tally.check("the second start does not print the token", credentials["TOKEN"] not in stop(again), "printed")
    tally.end()


if __name__ == "__main__":
    main()
