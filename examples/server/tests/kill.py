"""Kills the server with SIGKILL during uploads, deletions and renders, many times on the same data.

Usage: kill.py [--rounds 100] [--store sqlite|postgres-s3] [--seed N]

A ledger records the server's responses. After each kill, the server restarts on the same data. Then
acknowledged uploads exist, byte for byte, and acknowledged deletions are gone; a request without a
response was applied completely or not at all; the list, the count and the store contain nothing else.
Repeated renders return the same bytes, so no partially written variant is served.
"""

import argparse
import hashlib
import os
import random
import tempfile
import threading
import time

from service import HASH, ROCKET, Server, Tally
from stores import stores

UPLOADERS, DELETERS, RENDERERS = 3, 1, 2
PHOTO = ROCKET.read_bytes()


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Ledger:
    """The acknowledged requests, and those in doubt because no response arrived."""

    def __init__(self):
        self.lock = threading.Lock()
        self.present, self.gone = {}, set()
        self.uploading, self.deleting = {}, {}
        self.renders, self.unexpected = {}, []
        self.doubts = self.answers = 0

    def pick(self, randomness):
        with self.lock:
            return randomness.choice(list(self.present)) if self.present else None


def uploader(server, ledger, name, stop, randomness):
    for count in range(1_000_000):
        if stop.is_set():
            return
        image_id = f"{name}-{count}"
        # Data after the end of a JPEG is valid, and makes each upload unique and of a different size.
        data = PHOTO + randomness.randbytes(randomness.choice((16, 10_000, 1_500_000)))
        with ledger.lock:
            ledger.uploading[image_id] = digest(data)
        try:
            answer = server.upload(data, id=image_id)
        except OSError:
            return
        with ledger.lock:
            ledger.answers += 1
            expected = ledger.uploading.pop(image_id)
            if answer.status == 200:
                ledger.present[image_id] = expected
            elif answer.status != 503:
                ledger.unexpected.append(f"upload: {answer!r}")


def deleter(server, ledger, _, stop, randomness):
    while not stop.is_set():
        image_id = ledger.pick(randomness)
        if image_id is None or randomness.random() < 0.5:
            time.sleep(0.005)
            continue
        with ledger.lock:
            ledger.deleting[image_id] = ledger.present.pop(image_id)
        try:
            answer = server.api("DELETE", f"v1/{image_id}")
        except OSError:
            return
        with ledger.lock:
            ledger.answers += 1
            ledger.deleting.pop(image_id)
            ledger.gone.add(image_id)
            if answer.status != 200:
                ledger.unexpected.append(f"delete {image_id}: {answer!r}")


def renderer(server, ledger, _, stop, randomness):
    while not stop.is_set():
        image_id = ledger.pick(randomness)
        if image_id is None:
            time.sleep(0.005)
            continue
        path = f"/{HASH}/{image_id}/w={randomness.randint(20, 600)}"
        try:
            answer = server.get(path)
        except OSError:
            return
        with ledger.lock:
            ledger.answers += 1
            if answer.status == 200:
                ledger.renders.setdefault(image_id, {})[path] = digest(answer.body)
            elif answer.status != 503 and image_id in ledger.present:
                ledger.unexpected.append(f"render {path}: {answer!r}")


def round_of_load(server, ledger, number, randomness):
    """Loads the server and kills it at a random moment."""
    stop, workers = threading.Event(), []
    for work, count in ((uploader, UPLOADERS), (deleter, DELETERS), (renderer, RENDERERS)):
        for worker in range(count):
            own = random.Random(randomness.random())
            workers.append(threading.Thread(target=work, args=(server, ledger, f"r{number}w{worker}", stop, own)))
    for worker in workers:
        worker.start()
    time.sleep(randomness.uniform(0.02, 0.4))
    server.kill()
    stop.set()
    for worker in workers:
        worker.join()


def listed(server):
    """Lists all ids with the cursor."""
    found, token = [], None
    while True:
        page = server.api("GET", "v2?per_page=1000" + (f"&continuation_token={token}" if token else "")).result
        found += [image["id"] for image in page["images"]]
        token = page.get("continuation_token")
        if not token:
            return found


def is_whole(tally, server, image_id, expected):
    blob = server.blob(image_id)
    tally.check(f"{image_id} is intact", blob.status == 200 and digest(blob.body) == expected, blob)
    seen = server.get(f"/{HASH}/{image_id}/public")
    tally.check(f"{image_id} is delivered", seen.status == 200 and len(seen.body) > 1000, seen)


def is_gone(tally, server, image_id, paths=()):
    statuses = [server.api("GET", f"v1/{image_id}").status, server.blob(image_id).status,
                server.get(f"/{HASH}/{image_id}/public").status, *(server.get(path).status for path in paths)]
    tally.check(f"{image_id} is gone", set(statuses) == {404}, statuses)


def settle(tally, server, ledger):
    """Finds out whether each request without a response was applied: completely, or not at all."""
    for doubtful in (ledger.uploading, ledger.deleting):
        for image_id, expected in doubtful.items():
            ledger.doubts += 1
            status = server.api("GET", f"v1/{image_id}").status
            if status == 200:
                is_whole(tally, server, image_id, expected)
                ledger.present[image_id] = expected
            else:
                is_gone(tally, server, image_id, ledger.renders.get(image_id, {}))
                ledger.gone.add(image_id)
        doubtful.clear()


def verify(tally, server, ledger, randomness, sample):
    settle(tally, server, ledger)
    found = listed(server)
    missing, surplus = set(ledger.present) - set(found), set(found) - set(ledger.present)
    tally.check("no acknowledged upload is lost", not missing, sorted(missing)[:5])
    tally.check("no other image is listed", not surplus, sorted(surplus)[:5])
    tally.equal("each image is listed once", len(found), len(set(found)))
    tally.equal("the count is exact", server.api("GET", "v1/stats").result["count"]["current"], len(ledger.present))
    for image_id in randomness.sample(sorted(ledger.present), min(sample, len(ledger.present))):
        is_whole(tally, server, image_id, ledger.present[image_id])
        for path, expected in list(ledger.renders.get(image_id, {}).items())[:3]:
            tally.equal(f"{path} has the same bytes", digest(server.get(path).body), expected)
    for image_id in randomness.sample(sorted(ledger.gone), min(sample, len(ledger.gone))):
        is_gone(tally, server, image_id, list(ledger.renders.get(image_id, {}))[:2])
    tally.check("every response was expected", not ledger.unexpected, ledger.unexpected[:3])
    ledger.unexpected.clear()


def files_of(folder):
    return [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--store", choices=("sqlite", "postgres-s3"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tally = Tally(f"kill -9, {options.rounds} times on {options.store}")
    randomness, ledger = random.Random(options.seed), Ledger()
    with stores(options.store) as settings, tempfile.TemporaryDirectory(prefix="cretula-") as folder:
        server = Server(folder, **settings)
        with server:
            server.api("PATCH", "v1/config", {"flexible_variants": True}).result
            for number in range(options.rounds):
                round_of_load(server, ledger, number, randomness)
                server.start()
                verify(tally, server, ledger, randomness, 5)
            verify(tally, server, ledger, randomness, 1_000_000)
            if options.store == "sqlite":
                # An object without a row is unreachable; the sweep removes it after an hour.
                originals = files_of(f"{folder}/objects/originals")
                orphans = len(originals) - len(ledger.present)
                tally.check("at most one unreachable object for each request without a response",
                            0 <= orphans <= ledger.doubts, f"{orphans} of {len(originals)}, {ledger.doubts} in doubt")
                print(f"  {orphans} objects wait for the sweep")
            tally.check("the server was busy when it was killed", ledger.answers > 5 * options.rounds, ledger.answers)
            print(f"  {ledger.answers} responses, {ledger.doubts} requests without one, "
                  f"{len(ledger.present)} images left")
    tally.end()


if __name__ == "__main__":
    main()
