"""Tests the life of an image through the official Python client: upload, list, make private, sign, fetch
without a signature, with the signed URL and after its expiry, rotate the keys, delete.

In: the release binary. Out: a summary; the exit code is nonzero if a check failed.
"""

import io
import time

import cloudflare
from cloudflare import Cloudflare
from PIL import Image

from service import ACCOUNT, EMAIL, KEY, ROCKET, TOKEN, Server, Tally, path_of, signed

HERO = {"fit": "cover", "width": 320, "height": 180, "metadata": "none"}


def client(server, **credentials):
    return Cloudflare(base_url=server.origin, max_retries=0, **credentials)


def size(answer):
    return Image.open(io.BytesIO(answer.body)).size


def refused(tally, what, status, call):
    """Checks that the client raises the error for this status."""
    try:
        answer = call()
    except cloudflare.APIStatusError as error:
        tally.equal(what, error.status_code, status)
        tally.check(f"{what}: its envelope", error.response.json()["success"] is False, error.response.text)
    else:
        tally.check(what, False, f"answered {answer!r}, expected {status}")


def upload_and_list(tally, server, images):
    made = images.v1.create(account_id=ACCOUNT, file=("rocket.jpg", ROCKET.read_bytes()), creator="ada",
                            metadata={"album": 7, "tags": ["a", "b"]})
    tally.equal("the filename", made.filename, "rocket.jpg")
    tally.equal("metadata through multipart", made.meta["album"] in (7, "7"), True)
    tally.equal("the creator", made.creator, "ada")
    images.v1.variants.create(account_id=ACCOUNT, id="hero", options=HERO)
    found = images.v1.get(made.id, account_id=ACCOUNT)
    tally.equal("one URL for each variant", sorted(url.rsplit("/", 1)[1] for url in found.variants),
                ["hero", "public"])
    listed = images.v2.list(account_id=ACCOUNT, per_page=10)
    tally.equal("listed", [image.id for image in listed.images], [made.id])
    tally.equal("counted", images.v1.stats.get(account_id=ACCOUNT).count.current, 1)
    tally.equal("the original is returned unchanged", images.v1.blobs.get(made.id, account_id=ACCOUNT).read(),
                ROCKET.read_bytes())
    url = next(path_of(url) for url in found.variants if url.endswith("/hero"))
    public = server.get(url)
    tally.equal("delivered while public", (public.status, size(public)), (200, (320, 180)))
    return made.id, url, public


def make_private(tally, server, images, image_id, url, public):
    edited = images.v1.edit(image_id, account_id=ACCOUNT, require_signed_urls=True)
    tally.equal("private", edited.require_signed_urls, True)
    tally.equal("without a signature", server.get(url).status, 403)
    tally.equal("without a signature, with the ETag", server.get(url, If_None_Match=public.headers["etag"]).status, 403)
    tally.equal("with a guessed signature", server.get(f"{url}?exp=4102444800&sig={'0' * 64}").status, 403)
    tally.equal("with options, without a signature", server.get(url.rsplit("/", 1)[0] + "/w=100").status, 403)
    [key] = images.v1.keys.list(account_id=ACCOUNT).keys
    expires = int(time.time()) + 3
    shared = signed(url, key.value, expires)
    seen = server.get(shared)
    tally.equal("with the signed URL", (seen.status, size(seen)), (200, (320, 180)))
    control = seen.headers["cache-control"]
    ages = [int(part.split("=")[1]) for part in control.replace(" ", "").split(",") if part.startswith("max-age=")]
    tally.check("never cached past its expiry", "private" in control and len(ages) == 1 and ages[0] <= 3, control)
    tally.equal("another image with this signature", server.get(shared.replace("/hero?", "/public?")).status, 403)
    tally.equal("a later expiry", server.get(shared.replace(f"exp={expires}", f"exp={expires + 1}")).status, 403)
    time.sleep(max(0.0, expires + 1.1 - time.time()))
    late = server.get(shared)
    tally.equal("after its expiry", late.status, 403)
    tally.check("the response names the expiry", b"expired" in late.body, late.body)
    tally.equal("after its expiry, with its ETag", server.get(shared, If_None_Match=seen.headers["etag"]).status, 403)
    return key.value


def rotate(tally, server, images, url, old):
    in_an_hour = int(time.time()) + 3600
    keys = {key.name: key.value for key in images.v1.keys.update("second", account_id=ACCOUNT).keys}
    tally.equal("two keys", len(keys), 2)
    tally.equal("the new key signs", server.get(signed(url, keys["second"], in_an_hour)).status, 200)
    tally.equal("the old key still signs", server.get(signed(url, old, in_an_hour)).status, 200)
    refused(tally, "a third key", 413, lambda: images.v1.keys.update("third", account_id=ACCOUNT))
    first = next(name for name in keys if name != "second")
    left = images.v1.keys.delete(first, account_id=ACCOUNT).keys
    tally.equal("one key is left", [key.name for key in left], ["second"])
    tally.equal("the old key no longer signs", server.get(signed(url, old, in_an_hour)).status, 403)
    again = {key.name: key.value for key in images.v1.keys.update("second", account_id=ACCOUNT).keys}
    tally.check("putting it again rotates it", again["second"] != keys["second"], "the same value")
    tally.equal("its old value no longer signs", server.get(signed(url, keys["second"], in_an_hour)).status, 403)
    last = images.v1.keys.delete("second", account_id=ACCOUNT).keys
    tally.equal("the last key is replaced, so that signing never stops", [key.name for key in last], ["default"])
    tally.equal("the replacement signs", server.get(signed(url, last[0].value, in_an_hour)).status, 200)
    return signed(url, last[0].value, in_an_hour)


def delete(tally, server, images, image_id, url, shared):
    images.v1.delete(image_id, account_id=ACCOUNT)
    tally.equal("gone from delivery", server.get(shared).status, 404)
    refused(tally, "gone from the API", 404, lambda: images.v1.get(image_id, account_id=ACCOUNT))
    refused(tally, "deleted twice", 404, lambda: images.v1.delete(image_id, account_id=ACCOUNT))
    tally.equal("gone from the list", images.v2.list(account_id=ACCOUNT).images or [], [])
    tally.equal("gone from the count", images.v1.stats.get(account_id=ACCOUNT).count.current, 0)


def unauthorized(tally, server, images):
    for what, credentials in (("a wrong token", {"api_token": "nonsense"}),
                              ("a wrong key", {"api_email": EMAIL, "api_key": KEY[:-1] + "0"}),
                              ("a wrong email", {"api_email": "other@example.com", "api_key": KEY})):
        other = client(server, **credentials).images
        try:
            other.v1.stats.get(account_id=ACCOUNT)
            status = 200
        except cloudflare.APIStatusError as error:
            status = error.status_code
        tally.check(what, status in (401, 403), status)
    try:
        status = images.v1.stats.get(account_id="f" * 32) and 200
    except cloudflare.APIStatusError as error:
        status = error.status_code
    tally.check("another account", status in (401, 403), status)
    refused(tally, "not an image", 415, lambda: images.v1.create(account_id=ACCOUNT, file=("a.jpg", b"hello")))
    refused(tally, "half an image", 422,
            lambda: images.v1.create(account_id=ACCOUNT, file=("a.jpg", ROCKET.read_bytes()[:120])))


def main():
    tally = Tally("the flow through the official client")
    with Server() as server:
        for credentials in ({"api_token": TOKEN}, {"api_email": EMAIL, "api_key": KEY}):
            images = client(server, **credentials).images
            image_id, url, public = upload_and_list(tally, server, images)
            old = make_private(tally, server, images, image_id, url, public)
            shared = rotate(tally, server, images, url, old)
            delete(tally, server, images, image_id, url, shared)
            images.v1.variants.delete("hero", account_id=ACCOUNT)
            unauthorized(tally, server, images)
        text, secrets = server.log.read_text(), (TOKEN, KEY, old, shared[-64:])
        tally.check("requests are logged", "/hero" in text, text[-500:])
        tally.check("the log contains no token, key or signature", not any(secret in text for secret in secrets),
                    [line for line in text.splitlines() if any(secret in line for secret in secrets)][:1])
        tally.equal("SIGTERM stops the server", server.stop(), 0)
    tally.end()


if __name__ == "__main__":
    main()
