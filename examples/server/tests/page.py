"""Tests the page at `/` in headless Chromium, as a visitor uses it.

Usage: page.py [--screenshots DIR] [--bless]

Drops a photograph, checks every variant and some options, copies a URL, makes the picture private,
signs a URL, and checks that it is refused after its expiry. Also checks that the page sends no request
to another server, complies with its content security policy and stores no token, that axe finds no
problem in light and dark mode, and that nothing overflows at widths of 1280 and 400 pixels.

Playwright drives Debian's Chromium (`apt-get install chromium`); its own browsers are not needed.
--bless writes the screenshot in the README; check it by eye.
"""

import argparse
import base64
import io
import re
import shutil
import sys
from pathlib import Path

import axe_playwright_python
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from service import ACCOUNT, EXAMPLE, ROCKET, TOKEN, Server, Tally, path_of

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
NUMBERS = re.compile(r"^[\d,]+ × [\d,]+ px · [\d.]+ [kM]?B · (JPEG|WebP|PNG|AVIF)$")
TIMES = re.compile(r"^[\d.]+ ms, then [\d.]+ ms$")
VARIANTS = {
    "hero": {"fit": "cover", "width": 1366, "height": 768, "metadata": "none"},
    "thumb": {"fit": "crop", "width": 160, "height": 160, "metadata": "none"},
    "card": {"fit": "pad", "width": 400, "height": 300, "metadata": "none"},
    "banner": {"fit": "cover", "width": 1200, "height": 400, "metadata": "none"},
    "portrait": {"fit": "cover", "width": 360, "height": 480, "metadata": "none"},
}
# Drops a file on an element, as the browser does with a DataTransfer.
DROP = """([selector, name, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, { type: "image/jpeg" }));
    for (const type of ["dragover", "drop"]) {
        const event = new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true });
        document.querySelector(selector).dispatchEvent(event);
    }
}"""


def plain(text):
    return text.strip().replace("\u00a0", " ")


def text(page, selector):
    return plain(page.locator(selector).inner_text())


def connect(tally, page, server):
    page.goto(server.origin + "/")
    page.get_by_label("Account").fill(ACCOUNT)
    page.get_by_label("API token").fill("a-wrong-token")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("alert")).to_contain_text("code 10000")
    page.get_by_label("API token").fill(TOKEN)
    page.get_by_role("button", name="Connect").click()
    expect(page.locator("#connected")).to_contain_text("0 of 100,000 images")
    expect(page.locator("#token")).to_have_value("")  # the field is cleared
    page.goto("about:blank")
    page.goto(f"{server.origin}/#account={ACCOUNT}")  # the URL that the first start prints
    expect(page.get_by_label("Account")).to_have_value(ACCOUNT)
    expect(page.get_by_label("API token")).to_be_focused()
    page.goto("about:blank")
    page.goto(f"{server.origin}/#account={ACCOUNT}&token={TOKEN}")
    expect(page.locator("#drop")).to_be_visible()
    tally.equal("the token is removed from the address", page.url, server.origin + "/")
    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
                         " + document.documentElement.outerHTML")
    tally.check("the token is not stored", TOKEN not in kept, kept[:200])


def wait_for_cards(page, group, count):
    expect(page.locator(f"#{group} figure[data-status]")).to_have_count(count, timeout=30_000)


def see_variants(tally, page, server):
    page.evaluate(DROP, ["#drop strong", "rocket.jpg", base64.b64encode(ROCKET.read_bytes()).decode()])
    expect(page.locator("#source-numbers")).to_contain_text("640 × 427 px")
    expect(page.locator("#connected")).to_contain_text("1 of 100,000 images")
    tally.check("the upload time is shown", re.fullmatch(r"uploaded in [\d.]+ ms", text(page, "#source-time")),
                text(page, "#source-time"))
    named = server.api("GET", "v1/variants").result["variants"]
    wait_for_cards(page, "variants", len(named))
    for name in named:
        see_card(tally, page, f'#variants figure[data-name="{name}"]', name)
    for name, definition in VARIANTS.items():
        shown = page.locator(f'#variants figure[data-name="{name}"] img')
        size = shown.evaluate("img => [img.naturalWidth, img.naturalHeight]")
        tally.equal(f"{name} is shown", size, [definition["width"], definition["height"]])
    tally.equal("the original is shown", page.locator("#source").evaluate("img => img.naturalWidth"), 640)


def see_card(tally, page, selector, name):
    tally.equal(f"{name} is delivered", page.locator(selector).get_attribute("data-status"), "200")
    numbers, times = map(plain, page.locator(f"{selector} .numbers").all_inner_texts())
    tally.check(f"{name} shows its size and bytes", NUMBERS.match(numbers), numbers)
    tally.check(f"{name} shows its times", TIMES.match(times), times)


def see_options(tally, page):
    tally.equal("no options before they are allowed", page.locator("#options figure").count(), 0)
    page.get_by_role("button", name="Allow options for this account").click()
    wait_for_cards(page, "options", 9)
    for card in page.locator("#options figure").all():
        name = card.get_attribute("data-name")
        see_card(tally, page, f'#options figure[data-name="{name}"]', name)
    page.get_by_role("textbox", name="Options").fill("w=77,f=png")
    page.get_by_role("button", name="Show").click()
    own = page.locator('#options figure[data-name="w=77,f=png"] img')
    expect(own).to_be_visible()
    tally.equal("custom options are shown", own.evaluate("img => img.naturalWidth"), 77)
    page.get_by_role("textbox", name="Options").fill("wdth=77")
    page.get_by_role("textbox", name="Options").press("Enter")
    refusal = page.locator('#options figure[data-name="wdth=77"] .numbers').first
    expect(refusal).to_contain_text("400: ")
    message = refusal.inner_text()
    tally.check("wrong options are refused by name", "wdth" in message, message)


def copy_a_url(tally, page, server):
    page.get_by_role("button", name="Copy the URL of hero").click()
    url = page.evaluate("() => navigator.clipboard.readText()")
    tally.check("the copied URL is the variant's", url.startswith(server.origin) and url.endswith("/hero"), url)
    tally.equal("the copied URL is public", server.get(path_of(url)).status, 200)
    return url


def sign(tally, page, server, url):
    button = page.get_by_role("button", name="Sign", exact=True)
    tally.equal("signing is disabled while the picture is public", button.is_enabled(), False)
    page.get_by_role("switch", name="Private").check()
    expect(button).to_be_enabled()
    tally.equal("a request without a signature is refused", server.get(path_of(url)).status, 403)
    page.get_by_role("combobox", name="Variant").select_option("hero")
    page.get_by_role("spinbutton", name="Valid for").fill("4")
    button.click()
    expect(page.locator("#stranger")).to_have_attribute("data-status", "403")
    expect(page.locator("#signed")).to_have_attribute("data-status", "200")
    expect(page.locator("#signed-picture")).to_be_visible()
    page.get_by_role("button", name="Copy", exact=True).click()
    shared = page.evaluate("() => navigator.clipboard.readText()")
    tally.check("the signed URL is copied", re.fullmatch(r".*/hero\?exp=\d+&sig=[0-9a-f]{64}", shared), shared)
    tally.equal("the signed URL shows the picture", server.get(path_of(shared)).status, 200)
    expect(page.locator("#after")).to_have_attribute("data-status", "403", timeout=15_000)
    message = text(page, "#after .answer")
    tally.check("the expired URL is refused with the reason", "expired" in message, message)
    tally.equal("the expired URL is refused without the page, too", server.get(path_of(shared)).status, 403)


def looks(tally, page, folder):
    """Checks each width and color scheme for overflow and axe violations, and takes screenshots."""
    for width, height in ((1280, 900), (400, 800)):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            name = f"{width}-{scheme}"
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            tally.check(f"{name}: nothing overflows", wide <= width, f"{wide} px")
            page.evaluate(AXE)
            faults = page.evaluate("() => axe.run().then((found) => found.violations.map((fault) =>"
                                   " `${fault.id}: ${fault.nodes.map((node) => node.html).slice(0, 3).join(' ')}`))")
            tally.check(f"{name}: axe finds no violation", not faults, faults)
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
                page.evaluate("() => scrollTo(0, 0)")
                page.screenshot(path=folder / f"{name}-top.png")
                page.screenshot(path=folder / f"{name}.png", full_page=True)


def picture(page):
    """Writes the screenshot in the README: the top of the page, in 256 colors."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 1130})
    page.evaluate("() => { scrollTo(0, 0); document.activeElement.blur(); }")
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        shot.convert("RGB").quantize(256).save(EXAMPLE / "page" / "screenshot.png", optimize=True)


def remove(tally, page, server):
    page.get_by_role("button", name="Delete from the server").click()
    expect(page.locator("#connected")).to_contain_text("0 of 100,000 images")
    tally.equal("the picture is deleted", server.api("GET", "v1/stats").result["count"]["current"], 0)
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_label("Account")).to_be_visible()


def policy(tally, server):
    headers = server.get("/").headers
    found = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    tally.equal("nothing by default", found["default-src"], "'none'")
    tally.equal("scripts of the server only, none inline", found["script-src"], "'self'")
    tally.equal("no framing", found["frame-ancestors"], "'none'")
    tally.equal("types are not guessed", headers["x-content-type-options"], "nosniff")
    tally.equal("POST is not allowed", server.request("POST", "/", b"").status, 405)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--screenshots", type=Path)
    parser.add_argument("--bless", action="store_true")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or sys.exit("Chromium is not installed: apt-get install chromium")
    tally = Tally("the page in Chromium")
    with Server() as server, sync_playwright() as playwright:
        for name, definition in VARIANTS.items():
            server.api("POST", "v1/variants", {"id": name, "options": definition}).result
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 900},
                                      permissions=["clipboard-read", "clipboard-write"])
        page, requests, complaints = context.new_page(), [], []
        page.set_default_timeout(15_000)
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        policy(tally, server)
        connect(tally, page, server)
        looks(tally, page, options.screenshots and options.screenshots / "before")
        see_variants(tally, page, server)
        see_options(tally, page)
        url = copy_a_url(tally, page, server)
        sign(tally, page, server, url)
        if options.bless:
            picture(page)
        looks(tally, page, options.screenshots)
        remove(tally, page, server)
        elsewhere = [url for url in requests if not url.startswith((server.origin + "/", "blob:", "about:"))]
        tally.check("no request leaves the server", requests and not elsewhere, elsewhere[:3])
        # Chromium reports each response of 400 and above; anything else is an error of the page.
        faults = [text for text in complaints if not text.startswith("Failed to load resource")]
        tally.check("no script or policy errors", not faults, faults[:5])
        browser.close()
    tally.end()


if __name__ == "__main__":
    main()
