"""Tests what the official clients do not cover: error envelopes, lists with cursors and filters, all
encodings of metadata, direct uploads, delivery headers, and uploads by URL.

In: the release binary. Out: a summary; the exit code is nonzero if a check failed.
"""

import http.server
import json
import threading
import time
from urllib.parse import quote

from service import ACCOUNT, HASH, ROCKET, TOKEN, Server, Tally, form, path_of

PHOTO = ROCKET.read_bytes()


def refusal(tally, what, answer, statuses, code=None):
    """Checks that the response is an envelope with an error code and message."""
    try:
        envelope = answer.json
        [error, *_] = envelope["errors"]
        whole = envelope["success"] is False and isinstance(error["code"], int) and len(error["message"]) > 5
    except (ValueError, KeyError, TypeError):
        whole, error = False, {"code": None}
    tally.check(what, answer.status in statuses and whole and code in (None, error["code"]),
                f"{answer!r}, expected {statuses} {code or ''}")


def envelopes(tally, server):
    server.upload(PHOTO, id="there").result
    nowhere = {"code": 7003}
    for path in ("v1/variants/hero/round", "v3", "v1/keys/a/b", ""):
        refusal(tally, f"no route {path}", server.api("GET", path), {404}, nowhere["code"])
    refusal(tally, "no route outside images", server.request("GET", f"/accounts/{ACCOUNT}/nothing"), {401, 403, 404})
    for method, path in (("PUT", "v1"), ("POST", "v1/stats"), ("DELETE", "v1/variants"), ("PUT", "v1/there/blob"),
                         ("DELETE", "v2"), ("GET", "v2/direct_upload")):
        answer = server.api(method, path)
        refusal(tally, f"{method} {path}", answer, {405})
        tally.check(f"{method} {path} lists the allowed methods", answer.headers.get("allow"), answer.headers)
    for what, headers in (("none", {}), ("a wrong token", {"Authorization": "Bearer x"}),
                          ("no scheme", {"Authorization": TOKEN}),
                          ("an email without a key", {"X-Auth-Email": "user@example.com"})):
        for path in ("v1", "v1/there", "v1/keys", "v2", "v1/there/blob"):
            answer = server.request("GET", f"/accounts/{ACCOUNT}/images/{path}", headers=headers)
            refusal(tally, f"credentials: {what}", answer, {401, 403}, 10000)
    refusal(tally, "no such image", server.api("GET", "v1/nothing"), {404}, 5404)
    refusal(tally, "invalid JSON", server.api("PATCH", "v1/there", b"{"), {400})
    refusal(tally, "not a form", server.api("POST", "v1", b"x", {"Content-Type": "text/plain"}), {400, 415})
    refusal(tally, "neither file nor url", server.api("POST", "v1", *with_type(form({"id": "a"}))), {400})
    both = form({"file": ("a.jpg", PHOTO), "url": "https://example.com/a.jpg"})
    refusal(tally, "both file and url", server.api("POST", "v1", *with_type(both)), {400})
    refusal(tally, "a duplicate id", server.upload(PHOTO, id="there"), {409}, 5409)
    refusal(tally, "an id of 33 characters", server.upload(PHOTO, id="x" * 33), {400})
    refusal(tally, "an id that is a route", server.upload(PHOTO, id="stats"), {400})
    refusal(tally, "a file that is too large", server.upload(PHOTO + bytes(10_000_000)), {413})
    refusal(tally, "too many parts", server.upload(PHOTO, **{f"metadata.k{n}": "v" for n in range(5000)}), {400, 413})
    refusal(tally, "metadata of 1025 bytes", server.upload(PHOTO, metadata=json.dumps({"a": "x" * 1017})), {400, 413})
    answer = server.api("GET", "v1/there", headers={"X-Request-Id": "mine-7"})
    tally.equal("the request id is returned", answer.headers.get("x-request-id"), "mine-7")
    path, headers = f"/client/v4/accounts/{ACCOUNT}/images/v1/there", {"Authorization": f"Bearer {TOKEN}"}
    tally.equal("the same under /client/v4", server.request("GET", path, headers=headers).status, 200)
    server.api("DELETE", "v1/there").result


def with_type(made):
    body, kind = made
    return body, {"Content-Type": kind}


def metadata(tally, server):
    wanted = {"a": {"b": ["1", "2"]}, "c": "x"}
    forms = {
        "JSON": [("metadata", json.dumps(wanted) + "\n")],
        "dots": [("metadata.a.b[]", "1"), ("metadata.a.b[]", "2"), ("metadata.c", "x")],
        "brackets": [("metadata[a][b][]", "1"), ("metadata[a][b][]", "2"), ("metadata[c]", "x")],
        "indices": [("metadata.a.b.0", "1"), ("metadata.a.b.1", "2"), ("metadata.c", "x")],
    }
    for name, fields in forms.items():
        boundary = "b0undary"
        parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
                 for key, value in fields]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        body = "".join(parts).encode() + head.encode() + PHOTO + f"\r\n--{boundary}--\r\n".encode()
        made = server.api("POST", "v1", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}).result
        tally.equal(f"metadata as {name}", made.get("meta"), wanted)
        server.api("DELETE", f"v1/{made['id']}").result
    made = server.upload(PHOTO, metadata="", requireSignedURLs="").result
    tally.equal("empty fields are absent", (made.get("meta") or {}, made["requireSignedURLs"]), ({}, False))
    server.api("DELETE", f"v1/{made['id']}").result


def lists(tally, server):
    for n in range(25):
        meta = {"n": n, "even": n % 2 == 0, "region": ("us", "eu", "as")[n % 3]}
        creator = {"creator": "ada"} if n < 5 else {}
        server.upload(PHOTO, id=f"i{n:02}", metadata=json.dumps(meta), **creator).result
    order = [f"i{n:02}" for n in range(25)]
    for sort, wanted in (("asc", order), ("desc", order[::-1])):
        found, token, pages = [], "", 0
        while token is not None and pages < 9:
            page = server.api("GET", f"v2?per_page=10&sort_order={sort}&continuation_token={quote(token)}").result
            found += [image["id"] for image in page["images"]]
            token, pages = page.get("continuation_token"), pages + 1
        tally.equal(f"each image is listed once, {sort}", (found, pages), (wanted, 3))
    tally.equal("any text is accepted as a token", server.api("GET", "v2?continuation_token=any%20text").status, 200)
    cases = {
        "creator=ada": order[:5], "creator=": order[5:], "creator=nobody": [],
        "meta.n[eq:number]=7": ["i07"], "meta.n[gte:number]=23": ["i23", "i24"], "meta.n[lt]=2": ["i00", "i01"],
        "meta.even[eq:boolean]=true&meta.n[gt]=20": ["i22", "i24"], "meta.region[eq]=us&meta.n[lte]=5": ["i00", "i03"],
        "meta.region[in]=us|as&meta.n[lt]=3": ["i00", "i02"], "meta.nothing[eq]=x": [],
        "meta.n[in:number]=3|4": ["i03", "i04"],
    }
    for query, wanted in cases.items():
        escaped = quote(query, safe="=&.:")
        page = server.api("GET", f"v2?sort_order=asc&{escaped}").result
        tally.equal(query, [image["id"] for image in page["images"]], wanted)
    for number, wanted in ((1, 10), (3, 5), (4, 0)):
        page = server.api("GET", f"v1?page={number}&per_page=10").result
        tally.equal(f"v1, page {number}", len(page["images"]), wanted)
    refusal(tally, "fewer than 10 per page", server.api("GET", "v2?per_page=9"), {400})
    refusal(tally, "an unknown sort order", server.api("GET", "v2?sort_order=up"), {400})
    for image_id in order:
        server.api("DELETE", f"v1/{image_id}").result


def direct_uploads(tally, server):
    for version, request in (("v1", lambda fields: server.api("POST", "v1/direct_upload", fields)),
                             ("v2", lambda fields: server.api("POST", "v2/direct_upload", *with_type(form(fields))))):
        made = request({"id": f"draft-{version}", "creator": "ada"}).result
        tally.equal(f"{version}: the requested id", made["id"], f"draft-{version}")
        draft = server.api("GET", f"v1/{made['id']}").result
        tally.equal(f"{version}: it is a draft at first", draft.get("draft"), True)
        tally.equal(f"{version}: a draft is not delivered", server.get(f"/{HASH}/{made['id']}/public").status, 404)
        where = path_of(made["uploadURL"])
        tally.check(f"{version}: a wrong token is refused",
                    server.request("POST", where[:-4] + "0000", *with_type(form({"file": ("a.jpg", PHOTO)}))).status in
                    (401, 403, 404), where)
        tally.equal(f"{version}: a file that is not an image is refused",
                    server.request("POST", where, *with_type(form({"file": ("a.jpg", b"hello")}))).status, 415)
        send = lambda: server.request("POST", where, *with_type(form({"file": ("a.jpg", PHOTO)})))
        first = send()
        tally.equal(f"{version}: the upload needs no other credentials", first.status, 200)
        tally.check(f"{version}: a second upload is refused", send().status in (403, 404, 409, 410), "accepted twice")
        seen = server.api("GET", f"v1/{made['id']}").result
        tally.equal(f"{version}: it is no longer a draft", (seen.get("draft"), seen["creator"]), (None, "ada"))
        tally.equal(f"{version}: the image is delivered", server.get(f"/{HASH}/{made['id']}/public").status, 200)
        for expiry in ("2021-01-02T02:20:00Z", "2099-01-01T00:00:00Z"):
            refusal(tally, f"{version}: an expiry of {expiry[:4]}", request({"expiry": expiry}), {400})
        server.api("DELETE", f"v1/{made['id']}").result


def deliveries(tally, server):
    made = server.upload(PHOTO, id="seen").result
    path = path_of(made["variants"][0])
    seen = server.get(path)
    tally.equal("an image is delivered", (seen.status, seen.headers["content-type"]), (200, "image/jpeg"))
    head = server.request("HEAD", path)
    same = ("content-type", "content-length", "etag", "last-modified", "vary", "cache-control")
    tally.equal("HEAD is GET without the body", (head.status, len(head.body), [head.headers.get(h) for h in same]),
                (200, 0, [seen.headers.get(h) for h in same]))
    tally.equal("CORS is allowed", seen.headers.get("access-control-allow-origin"), "*")
    options = server.request("OPTIONS", path, headers={"Origin": "https://example.com",
                                                       "Access-Control-Request-Method": "GET"})
    allowed = options.status in (200, 204) and "access-control-allow-methods" in options.headers
    tally.check("a CORS preflight is answered", allowed, options.headers)
    tally.equal("not modified, by ETag", server.get(path, If_None_Match=seen.headers["etag"]).status, 304)
    several = f'"a", W/{seen.headers["etag"]}'
    tally.equal("not modified, by one of several ETags", server.get(path, If_None_Match=several).status, 304)
    tally.equal("not modified, by time", server.get(path, If_Modified_Since=seen.headers["last-modified"]).status, 304)
    tally.equal("modified", server.get(path, If_None_Match='"other"').status, 200)
    webp = server.get(path, Accept="image/webp,*/*;q=0.5")
    tally.equal("the format is negotiated", webp.headers["content-type"], "image/webp")
    tally.check("each format has its own ETag", webp.headers["etag"] != seen.headers["etag"], webp.headers["etag"])
    tally.equal("the ETag of another format does not match", server.get(path, Accept="image/webp",
                                                              If_None_Match=seen.headers["etag"]).status, 200)
    not_found = server.get(f"/{HASH}/seen/nothing")
    tally.equal("an unknown variant", (not_found.status, not_found.headers["content-type"].split(";")[0]),
                (404, "text/plain"))
    everything = {"200": seen, "304": server.get(path, If_None_Match=seen.headers["etag"]), "404": not_found,
                  "WebP": webp, "no image": server.get(f"/{HASH}/nothing/public"), "HEAD": head}
    for what, answer in everything.items():
        tally.check(f"{what} varies by Accept", "accept" in answer.headers.get("vary", "").lower(), answer.headers)
    tally.equal("the path below /cdn-cgi/imagedelivery", server.get(f"/cdn-cgi/imagedelivery{path}").body, seen.body)
    answer = server.request("POST", path, b"")
    tally.equal("POST is not allowed", (answer.status, "GET" in answer.headers.get("allow", "")), (405, True))
    tally.check("cached for the account's browser_ttl", "max-age=172800" in seen.headers["cache-control"], seen.headers)
    server.api("PATCH", "v1/config", {"browser_ttl": 7200}).result
    tally.check("a changed browser_ttl takes effect", "max-age=7200" in server.get(path).headers["cache-control"],
                server.get(path).headers)
    for bad in (f"/{HASH}//public", f"/{HASH}/seen/%ff", f"/{'x' * 9000}", "/%", f"/{HASH}/seen/public?sig=x"):
        tally.check(f"{bad[:40]} gets a response", server.get(bad).status in (200, 400, 403, 404, 414), server.get(bad))
    server.api("DELETE", "v1/seen").result


# --- uploads by URL

class Source(http.server.BaseHTTPRequestHandler):
    """A web server that serves as the source of uploads by URL."""

    asked = []

    def do_GET(self):
        self.asked.append(self.path)
        name, _, rest = self.path[1:].partition("/")
        if name == "to":
            self.send_response(302)
            self.send_header("Location", f"/{rest}")
            self.end_headers()
        elif name == "loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif name == "slow":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(600):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.2)
            except OSError:
                pass
        else:
            self.send_response(200)
            self.end_headers()
            try:
                self.wfile.write(PHOTO + (bytes(30_000_000) if name == "large" else b""))
            except OSError:
                pass

    def log_message(self, *_):
        pass


def by_url(tally):
    source = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Source)
    threading.Thread(target=source.serve_forever, daemon=True).start()
    port = source.server_address[1]
    take = lambda server, url: server.api("POST", "v1", *with_type(form({"url": url})), timeout=120)
    with Server() as server:
        refusal(tally, "disabled by default", take(server, f"http://127.0.0.1:{port}/a.jpg"), {400, 403, 415})
    with Server(upload_by_url=True) as server:
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433",
                     "0x7f.0.0.1", "169.254.169.254", "10.0.0.1", "192.168.0.1", "[fd00::1]", "[fe80::1]",
                     "[64:ff9b::7f00:1]", "100.64.0.1"):
            refusal(tally, f"not from {host}", take(server, f"http://{host}:{port}/a.jpg"), {400, 403, 422, 502})
        for url in ("file:///etc/passwd", "ftp://example.com/a.jpg", "http://", "a.jpg",
                    f"http://u:p@127.0.0.1:{port}/"):
            refusal(tally, f"not from {url}", take(server, url), {400, 403, 422, 502})
        tally.equal("no request was sent", Source.asked, [])
    with Server(upload_by_url=True, allow_private_addresses=True) as server:
        base = f"http://127.0.0.1:{port}"
        made = take(server, f"{base}/rocket.jpg").result
        tally.equal("the file is fetched by its URL", server.blob(made["id"]).body, PHOTO)
        tally.equal("the filename is the URL's", made["filename"], "rocket.jpg")
        tally.equal("one redirect is followed", take(server, f"{base}/to/a.jpg").status, 200)
        for what in ("loop", "large", "to/loop"):
            refusal(tally, f"not from {what}", take(server, f"{base}/{what}"), {400, 413, 422, 502, 504})
        start = time.monotonic()
        refusal(tally, "not from a slow source", take(server, f"{base}/slow"), {400, 408, 422, 502, 504})
        tally.check("a slow source is abandoned", time.monotonic() - start < 60, f"{time.monotonic() - start:.0f} s")
        tally.equal("nothing else was stored", server.api("GET", "v1/stats").result["count"]["current"], 2)
    source.shutdown()


def main():
    tally = Tally("the API beyond the official clients")
    with Server() as server:
        for part in (envelopes, metadata, lists, direct_uploads, deliveries):
            part(tally, server)
        tally.equal("nothing is left", server.api("GET", "v1/stats").result["count"]["current"], 0)
    by_url(tally)
    tally.end()


if __name__ == "__main__":
    main()
