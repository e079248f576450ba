"""A pytest plugin for the official client's suite, which was written for a mock without state.

Before each test, it creates the resources that the test uses through the server's API: image
`image_id`, key `someKey` and variant `hero`. If the test itself creates a variant or a key, it deletes
that resource instead. The server does not know that a test suite is running.
"""

import sys
from pathlib import Path

import httpx
import pytest

ROCKET = Path(__file__).resolve().parents[4] / "tests" / "images" / "rocket.jpg"
ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
CREDENTIALS = {"X-Auth-Email": "user@example.com", "X-Auth-Key": "144c9defac04969c7bfad8efaa8ea194"}
HERO = {"id": "hero", "options": {"fit": "scale-down", "height": 768, "metadata": "none", "width": 1366}}
API = f"http://127.0.0.1:4010/accounts/{ACCOUNT}/images/v1"
CLIENT = httpx.Client(headers=CREDENTIALS, trust_env=False)


def call(method, path, allowed=(200,), **content):
    answer = CLIENT.request(method, API + path, **content)
    if answer.status_code not in allowed:
        sys.exit(f"seeding: {method} {path}: {answer.status_code} {answer.text[:300]}")
    return answer.status_code, answer.json()


@pytest.fixture(autouse=True)
def resources_of_the_test(request):
    creates = "create" in request.node.name or "update" in request.node.name
    tests = request.node.path.name
    if call("GET", "/image_id", (200, 404))[0] == 404:
        call("POST", "", files={"file": ("rocket.jpg", ROCKET.read_bytes())}, data={"id": "image_id"})
    if tests == "test_variants.py" and creates:
        call("DELETE", "/variants/hero", (200, 404))
    elif call("GET", "/variants/hero", (200, 404))[0] == 404:
        call("POST", "/variants", json=HERO)
    # An account has at most two keys: the initial one, and this one.
    names = [key["name"] for key in call("GET", "/keys")[1]["result"]["keys"]]
    if tests == "test_keys.py" and creates and "someKey" in names:
        call("DELETE", "/keys/someKey")
    elif "someKey" not in names:
        call("PUT", "/keys/someKey")
    yield
