"""Tests two server processes on one PostgreSQL and one S3 store.

160 uploads from 16 threads are counted exactly and never exceed the account's limit. Each process sees
the other's changes immediately: images, deletions, variants, keys, configuration.
"""

import io
import time
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from service import HASH, ROCKET, Server, Tally, signed
from stores import stores

PHOTO = ROCKET.read_bytes()
UPLOADS, THREADS, ALLOWED = 160, 16, 170
HERO = {"id": "hero", "options": {"fit": "cover", "width": 320, "height": 180, "metadata": "none"}}


def size(answer):
    return Image.open(io.BytesIO(answer.body)).size if answer.status == 200 else answer


def uploads(tally, pair):
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda n: pair[n % 2].upload(PHOTO + str(n).encode()), range(UPLOADS)))
    wrong = [answer for answer in answers if answer.status != 200]
    tally.check("every upload succeeds", not wrong, wrong[:3])
    ids = {answer.result["id"] for answer in answers if answer.status == 200}
    tally.equal("each upload has its own id", len(ids), UPLOADS)
    for server in pair:
        tally.equal("the count is exact", server.api("GET", "v1/stats").result["count"]["current"], UPLOADS)
        page = server.api("GET", "v2?per_page=1000").result
        tally.equal("each process lists all", {image["id"] for image in page["images"]}, ids)
    with ThreadPoolExecutor(THREADS) as pool:  # each process also delivers uploads to the other
        seen = list(pool.map(lambda i: pair[i[0] % 2].get(f"/{HASH}/{i[1]}/public").status, enumerate(sorted(ids))))
    tally.equal("each process delivers uploads to either", set(seen), {200})


def limit(tally, pair):
    """20 more at once when 10 are allowed: exactly 10 are accepted."""
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(lambda n: pair[n % 2].upload(PHOTO, id=f"more-{n}").status, range(20)))
    tally.equal("accepted up to the account's limit", answers.count(200), ALLOWED - UPLOADS)
    tally.equal("refused above the limit", answers.count(413), 20 - (ALLOWED - UPLOADS))
    counts = [server.api("GET", "v1/stats").result["count"]["current"] for server in pair]
    tally.equal("the count is exact at its limit", counts, [ALLOWED, ALLOWED])
    taken = [f"more-{n}" for n, status in enumerate(answers) if status == 200]
    tally.equal("either process can delete each image", {pair[(n + 1) % 2].api("DELETE", f"v1/{image_id}").status
                                                 for n, image_id in enumerate(taken)}, {200})


def same_id(tally, pair):
    """The same id in both at once: exactly one upload wins, and its bytes are stored."""
    for attempt in range(8):
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda n: pair[n].upload(PHOTO + bytes([65 + n]), id=f"same-{attempt}"), range(2)))
        statuses = [answer.status for answer in answers]
        tally.equal("one upload gets the id", sorted(statuses), [200, 409])
        if sorted(statuses) == [200, 409]:
            blob = pair[0].blob(f"same-{attempt}").body
            tally.equal("the winner's bytes are stored", blob, PHOTO + bytes([65 + statuses.index(200)]))
        pair[1].api("DELETE", f"v1/same-{attempt}").result


def at_once(tally, pair):
    """Each process sees a change by the other with its next request."""
    a, b = pair
    a.upload(PHOTO, id="shared").result
    path = f"/{HASH}/shared/hero"
    tally.equal("an unknown variant", b.get(path).status, 404)
    for n in range(10):
        width = 100 + n
        call = ("POST", "v1/variants") if n == 0 else ("PATCH", "v1/variants/hero")
        a.api(*call, {**HERO, "options": {**HERO["options"], "width": width}}).result
        tally.equal("a variant changed by the other process", size(b.get(path)), (width, 180))
    tally.equal("options are off", b.get(f"/{HASH}/shared/w=50").status in (403, 404), True)
    a.api("PATCH", "v1/config", {"flexible_variants": True}).result
    tally.equal("options allowed by the other process", size(b.get(f"/{HASH}/shared/w=50"))[0], 50)
    a.api("PATCH", "v1/shared", {"requireSignedURLs": True}).result
    tally.equal("made private by the other process", b.get(path).status, 403)
    expires = int(time.time()) + 600
    for n in range(5):
        keys = {key["name"]: key["value"] for key in a.api("PUT", "v1/keys/second").result["keys"]}
        tally.equal("a key created by the other process", b.get(signed(path, keys["second"], expires)).status, 200)
    old = keys["second"]
    a.api("DELETE", "v1/keys/second").result
    tally.equal("a key deleted by the other process", b.get(signed(path, old, expires)).status, 403)
    a.api("PATCH", "v1/shared", {"requireSignedURLs": False}).result
    tally.equal("public again", b.get(path).status, 200)
    a.api("DELETE", "v1/variants/hero").result
    tally.equal("a variant deleted by the other process", b.get(path).status, 404)
    a.api("DELETE", "v1/shared").result
    tally.equal("an image deleted by the other process", b.get(f"/{HASH}/shared/public").status, 404)


def main():
    tally = Tally("two processes on one PostgreSQL and S3")
    with stores() as settings:
        settings = settings | {"account": {"allowed_images": ALLOWED}}
        with Server(**settings) as a, Server(**settings) as b:
            for part in (uploads, limit, same_id, at_once):
                part(tally, (a, b))
            a.kill()
            tally.equal("one process continues without the other", b.api("GET", "v1/stats").status, 200)
    tally.end()


if __name__ == "__main__":
    main()
