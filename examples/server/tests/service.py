"""Starts servers and sends requests to them: the code shared by all tests.

A test starts the release binary with its own configuration on a free port, and uses it over HTTP.
Nothing here depends on the server's internals.
"""

import asyncio
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

EXAMPLE = Path(__file__).resolve().parents[1]
ROOT = EXAMPLE.parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", EXAMPLE / "target"))
# The gate runs the judges on a development build.
BINARY = Path(os.environ.get("CRETULA_SERVER", TARGET / "release" / "cretula-server"))
ROCKET = ROOT / "tests" / "images" / "rocket.jpg"

# The account of the official clients' suites: the example values of the API reference.
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
HASH = "Vi7wi5KSItxGFsWRG2Us6Q"
TOKEN = "token-of-the-tests"
EMAIL, KEY = "user@example.com", "144c9defac04969c7bfad8efaa8ea194"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configuration(listen, data, **settings):
    """The text of a server.toml with the suites' example account."""
    account = {"id": ACCOUNT, "hash": HASH, "tokens": [TOKEN], "allowed_images": 100_000}
    account |= settings.pop("account", {})
    top = {"listen": listen, "database": f"sqlite:{data}/records.db", "objects": f"file:{data}/objects"} | settings
    lines = [f"{name} = {json.dumps(value)}" for name, value in top.items()]
    lines += ["[[accounts]]", *(f"{name} = {json.dumps(value)}" for name, value in account.items())]
    lines.append(f"keys = [{{ email = {json.dumps(EMAIL)}, key = {json.dumps(KEY)} }}]")
    return "\n".join(lines) + "\n"


class Answer:
    """A server's response, with lowercase header names."""

    def __init__(self, status, headers, body, seconds):
        self.status, self.headers, self.body, self.seconds = status, headers, body, seconds

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def result(self):
        """The `result` of the API's envelope; raises if the request failed."""
        envelope = self.json
        if self.status != 200 or envelope["success"] is not True:
            raise AssertionError(f"{self.status}: {self.body[:500]!r}")
        return envelope["result"]

    def __repr__(self):
        return f"{self.status} {self.body[:200]!r}"


class Server:
    """A server process, with its data in the folder `data`."""

    def __init__(self, data=None, port=None, environment=None, **settings):
        self.folder = None if data else tempfile.TemporaryDirectory(prefix="cretula-")
        self.data = Path(data or self.folder.name)
        self.port = port or free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.environment = environment or {}
        self.file = self.data / f"server-{self.port}.toml"
        self.log = self.data / f"server-{self.port}.log"
        self.file.write_text(configuration(f"127.0.0.1:{self.port}", self.data, **settings))
        self.child = None

    def start(self, seconds=20):
        if not BINARY.exists():
            sys.exit(f"{BINARY} does not exist: run cargo build --release")
        with self.log.open("ab") as log:
            self.child = subprocess.Popen([BINARY], stdout=log, stderr=log, cwd=self.data,
                                          env=os.environ | {"CRETULA_CONFIG": str(self.file)} | self.environment)
        deadline = time.monotonic() + seconds
        while not self.ready():
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"not ready: exit {self.child.poll()}\n{self.log.read_text()[-3000:]}")
            time.sleep(0.02)
        return self

    def ready(self):
        try:
            return self.get("/ready", timeout=2).status == 200
        except OSError:
            return False

    def stop(self, seconds=30):
        """Sends SIGTERM, waits until the server has drained, and returns its exit code."""
        self.child.send_signal(signal.SIGTERM)
        return self.child.wait(seconds)

    def kill(self):
        self.child.kill()
        self.child.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if self.child.poll() is None:
            self.kill()
        if kind:
            sys.stderr.write(f"--- the server's log\n{self.log.read_text(errors='replace')[-3000:]}\n")
        if self.folder:
            self.folder.cleanup()

    # --- the kernel's figures for the process

    def memory(self, field="VmRSS"):
        """Memory in bytes: current, or with `VmHWM` the peak."""
        for line in Path(f"/proc/{self.child.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"no {field}")

    def cpu(self):
        """Processor seconds so far."""
        ticks = Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")

    def files(self):
        return len(os.listdir(f"/proc/{self.child.pid}/fd"))

    # --- requests

    def request(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        start = time.monotonic()
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            data = response.read()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, data, time.monotonic() - start)
        except http.client.HTTPException as error:  # the connection was closed during the response
            raise ConnectionError(repr(error)) from error
        finally:
            connection.close()

    def get(self, path, timeout=60, **headers):
        return self.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}, timeout=timeout)

    def api(self, method, path, body=None, headers=None, timeout=60):
        """Calls /accounts/…/images/PATH with the account's token; a body other than bytes is sent as JSON."""
        headers = {"Authorization": f"Bearer {TOKEN}"} | (headers or {})
        if body is not None and not isinstance(body, bytes):
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        return self.request(method, f"/accounts/{ACCOUNT}/images/{path}", body, headers, timeout)

    def upload(self, data, filename="photo.jpg", timeout=60, **fields):
        body, kind = form({"file": (filename, data)} | fields)
        return self.api("POST", "v1", body, {"Content-Type": kind}, timeout)

    def blob(self, image_id, **options):
        return self.api("GET", f"v1/{quote(image_id, safe='')}/blob", **options)

    def metric(self, name, **labels):
        """The sum of a metric's samples with these labels."""
        total, found = 0.0, False
        for line in self.get("/metrics").body.decode().splitlines():
            sample, _, value = line.rpartition(" ")
            if sample.split("{")[0] == name and all(f'{k}="{v}"' in sample for k, v in labels.items()):
                total, found = total + float(value), True
        if not found and not labels:
            raise AssertionError(f"/metrics has no {name}")
        return total


def form(fields):
    """A multipart body; a value is text, or a pair of a filename and bytes."""
    boundary = "cretula" + os.urandom(12).hex()
    parts = []
    for name, value in fields.items():
        filename, data = value if isinstance(value, tuple) else (None, str(value).encode())
        extra = f'; filename="{filename}"' if filename else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
        parts += [head.encode(), data, b"\r\n"]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def signed(path, key, expires):
    """`path` with an expiry and a signature, computed independently of the library."""
    mac = hmac.new(key.encode(), f"{path}?exp={expires}".encode(), hashlib.sha256)
    return f"{path}?exp={expires}&sig={mac.hexdigest()}"


def path_of(url):
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


async def fetch(port, path, timeout=60.0, **headers):
    """Sends a GET on its own connection, cheaply enough for hundreds at once."""
    start = time.monotonic()

    async def talk():
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        try:
            lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
            lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            found = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            body = await reader.readexactly(int(found["content-length"])) if "content-length" in found \
                else await reader.read()
            return Answer(int(head[0].split()[1]), found, body, time.monotonic() - start)
        finally:
            writer.close()

    return await asyncio.wait_for(talk(), timeout)


# --- results

class Tally:
    """Counts passed checks, prints failed ones, and exits with the result."""

    def __init__(self, name):
        self.name, self.passed, self.failures, self.start = name, 0, [], time.monotonic()

    def check(self, what, ok, detail=""):
        if ok:
            self.passed += 1
        else:
            self.failures.append(f"{what}: {detail}")
            print(f"  FAILED {what}: {detail}", flush=True)
        return ok

    def equal(self, what, found, expected):
        return self.check(what, found == expected, f"{found!r}, expected {expected!r}")

    def end(self):
        if not self.passed:
            self.failures.append("nothing was checked")
        print(f"{self.name}: {self.passed} passed, {len(self.failures)} failed, {time.monotonic() - self.start:.0f} s",
              flush=True)
        sys.exit(bool(self.failures))


def record(name, lines):
    """Writes a table into DEPLOYMENT.md, between the comments with its name."""
    page = EXAMPLE / "DEPLOYMENT.md"
    text = page.read_text()
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    head, found, rest = text.partition(start)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise AssertionError(f"{page} has no place for {name}")
    page.write_text(head + start + "\n".join(lines) + "\n" + end + tail)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
