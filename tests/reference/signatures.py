"""Signed URLs compared with Python's hmac and with the hosted service's documented recipe, run in
Node.js.

Ten thousand random URLs are signed by the command line and verified by ten lines of Python, and the
reverse; then the recipe signs URLs that the command line verifies, and the reverse. Each URL is
signed or verified by a separate process.
"""

import base64
import hmac
import json
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from common import Refused, Tally, main, run

URLS, RECIPES, WORKERS = 10_000, 300, 2
KEYS = {"first": "Oix0bbNaT8Rge9PuyxUBrjI6zrgnsyJ5=", "second": "ключ \"two\"/+=\U0001f511"}
PREFIX = "/cdn-cgi/imagedelivery"


# The complete token algorithm, in ten lines.
def sign(path, key):
    return hmac.new(key.encode(), path.encode(), "sha256").hexdigest()


def verify(path, keys, now):
    bare, _, query = path.partition("?")
    rest = [p for p in query.split("&") if not p.startswith("sig=")]
    [sig] = [p[4:] for p in query.split("&") if p.startswith("sig=")]
    sig = sig.lower() if len(sig) == 64 else base64.urlsafe_b64decode(sig + "=").hex()
    text = bare + ("?" + "&".join(rest) if any(rest) else "")
    name = next((name for name, key in keys.items() if hmac.compare_digest(sign(text, key), sig)), None)
    expires = next((int(p[4:]) for p in rest if p.startswith("exp=")), None)
    return (name, expires) if name and (expires is None or now <= expires) else None


def some_text(pick, longest):
    # The characters that RFC 3986 allows in a URL. The library signs no others, because no client
    # would send them unchanged.
    letters = "abcXYZ019-._~!$'()*+,;:@%2F[]"
    return "".join(pick.choice(letters) for _ in range(pick.randint(1, longest)))


def some_path(pick):
    # No dot segments, which clients resolve.
    path = "".join("/x" + some_text(pick, 12) for _ in range(pick.randint(1, 5)))
    query = [some_text(pick, 5) + pick.choice(["", "=", "=" + some_text(pick, 6)]) for _ in range(pick.randint(0, 3))]
    return path + ("?" + "&".join(query) if query else "")


def one(seed, keys, tally):
    pick = random.Random(seed)
    path, name = some_path(pick), pick.choice(list(KEYS))
    expires = pick.choice([None, 0, pick.randrange(2**32), 2**64 - 1])
    origin = pick.choice(["", "https://imagedelivery.net", "https://img.example:8443"])

    options = [] if expires is None else ["--expires-at", expires]
    options += ["--encoding", pick.choice(["hex", "base64url"])]
    signed = run("sign", origin + path, "--keys", keys, "--key-name", name, *options).decode().rstrip("\n")
    answer = verify(signed.removeprefix(origin), KEYS, expires or 0)
    tally.check("ours, verified by Python", answer == (name, expires), f"{signed!r} gives {answer}")

    text = path if expires is None else path + ("&" if "?" in path else "?") + f"exp={expires}"
    signed = origin + text + ("&" if "?" in text else "?") + "sig=" + sign(text, KEYS[name])
    try:
        answer = json.loads(run("verify", signed, "--keys", keys, "--now", expires or 0))
        tally.check("Python's, verified by us", answer == {"key": name, "expires": expires}, f"{signed!r} gives {answer}")
    except Refused as refused:
        tally.check("Python's, verified by us", False, f"{signed!r}: {refused}")


# The documented recipe without its request handling; the expiry and the key are arguments here.
RECIPE = r"""
const bufferToHex = buffer => [...new Uint8Array(buffer)].map(x => x.toString(16).padStart(2, '0')).join('');
async function generateSignedUrl(url, KEY, expiry) {
    const encoder = new TextEncoder();
    const secretKeyData = encoder.encode(KEY);
    const key = await crypto.subtle.importKey('raw', secretKeyData, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    url.searchParams.set('exp', expiry);
    const stringToSign = url.pathname + '?' + url.searchParams.toString();
    const mac = await crypto.subtle.sign('HMAC', key, encoder.encode(stringToSign));
    const sig = bufferToHex(new Uint8Array(mac).buffer);
    url.searchParams.set('sig', sig);
    return url.toString();
}
let text = '';
process.stdin.on('data', chunk => text += chunk).on('end', async () => {
    const out = [];
    for (const [url, key, expiry] of JSON.parse(text)) out.push(await generateSignedUrl(new URL(url), key, expiry));
    console.log(JSON.stringify(out));
});
"""


def recipe(requests):
    done = subprocess.run(["node", "-e", RECIPE], input=json.dumps(requests), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def documented_recipe():
    """We verify what the recipe signs, and sign the same URL as the recipe does."""
    tally = Tally("documented recipe")
    if not shutil.which("node"):
        print("NOT TESTED: the documented recipe, because there is no node", file=sys.stderr)
        return tally.end()
    pick = random.Random(4)
    requests = []
    for _ in range(RECIPES):
        id = "/".join(some_text(pick, 10) for _ in range(pick.randint(1, 3)))
        requests.append((f"https://imagedelivery.net/cheeW4oKsx5ljh8e8BoL2A/{id}/public",
                         pick.choice(list(KEYS.values())), pick.randrange(2**33)))
    names = {value: name for name, value in KEYS.items()}
    with key_file() as keys:
        for (_, key, expires), signed in zip(requests, recipe(requests)):
            answer = json.loads(run("verify", signed, "--keys", keys, "--now", expires))
            tally.check("the recipe's, verified by us", answer == {"key": names[key], "expires": expires}, repr(signed))
            bare = signed.partition("?")[0]
            custom = bare.replace("net/", "net" + PREFIX + "/")
            for url in (bare, custom):
                ours = run("sign", url, "--keys", keys, "--key-name", names[key], "--expires-at", expires).decode()
                tally.check("signed by both", ours.strip().replace(PREFIX, "") == signed, f"{ours!r} {signed!r}")
    return tally.end()


def python_hmac():
    tally = Tally("Python's hmac")
    with key_file() as keys, ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda seed: one(seed, keys, tally), range(URLS)))
    return tally.end()


@contextmanager
def key_file():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "keys.json"
        path.touch(0o600)
        path.write_text(json.dumps({"keys": [{"name": n, "value": v} for n, v in KEYS.items()]}))
        yield path


if __name__ == "__main__":
    main(python_hmac, documented_recipe)
