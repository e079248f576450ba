"""One exception for each status: its causes and its attributes."""

from __future__ import annotations

import json
import pickle
from typing import Any, Callable

import pytest
from support import CHELSEA, ROCKET

import cretula
from cretula import _call, errors, records, signing
from cretula._native import ffi, lib

KEYS = {"keys": [{"name": "default", "value": "a value that is secret"}]}


def cancelled() -> Any:
    token = cretula.CancelToken()
    token.cancel()
    assert token.cancelled
    return cretula.Renderer().render(ROCKET, fit="pad", width=9, height=9, cancel=token)


def late() -> Any:
    limits = cretula.Limits(deadline=0.001)
    return cretula.render(CHELSEA, fit="pad", width=6000, height=6000, limits=limits)


def closed() -> Any:
    renderer = cretula.Renderer()
    renderer.close()
    renderer.close()
    return renderer.render(ROCKET, fit="pad", width=9, height=9)


def existing() -> None:
    variants = records.Variants()
    for _ in range(2):
        variants.create(records.Variant("hero", cretula.VariantOptions("pad", 9)))


def verify(url: str, now: int = 0) -> Any:
    return signing.Keyring(KEYS).verify(url, now=now)


def native(call: Callable[..., int], *arguments: Any) -> Any:
    error = _call.new(_call.ERROR)
    assert call(*arguments, error) != 0
    _call.fail(error)


SIGNED = signing.Keyring(KEYS).sign("/a/b/c", expires_at=10)

RAISED: list[tuple[type[cretula.Error], type[Exception], int, Callable[[], Any]]] = [
    (cretula.UnsupportedFormatError, cretula.Error, 415, lambda: cretula.probe(b"no image")),
    (cretula.MalformedImageError, cretula.Error, 422, lambda: cretula.probe(ROCKET[:3])),
    (cretula.LimitExceededError, cretula.Error, 413, lambda: records.Variants(full(101))),
    (cretula.DeadlineExceededError, TimeoutError, 503, late),
    (cretula.CancelledError, cretula.Error, 499, cancelled),
    (cretula.InvalidArgumentError, ValueError, 400, lambda: cretula.VariantOptions.from_json("{}")),
    (cretula.InvalidValueError, ValueError, 400, lambda: records.validate_image_id("a/b")),
    (cretula.AlreadyExistsError, ValueError, 409, existing),
    (cretula.NotFoundError, KeyError, 404, lambda: records.Variants()["hero"]),
    (cretula.SignatureMissingError, cretula.SignatureError, 403, lambda: verify("/a/b/c")),
    (cretula.SignatureMalformedError, cretula.SignatureError, 403, lambda: verify("/a/b/c?sig=x")),
    (cretula.SignatureMismatchError, cretula.SignatureError, 403, lambda: verify(SIGNED.replace("/b", "/d"))),
    (cretula.SignatureExpiredError, cretula.SignatureError, 403, lambda: verify(SIGNED, 11)),
    (cretula.Utf8Error, ValueError, 400, lambda: records.validate_image_id("\ud800")),
    (errors.BadHandleError, ValueError, 500, closed),
    (errors.NullPointerError, cretula.InternalError, 500, lambda: native(lib.cretula_keyring_new, 0, ffi.NULL)),
    (errors.UnknownConstantError, cretula.InternalError, 500, lambda: native(lib.cretula_validate, 99, 0, b"a", 1)),
    (cretula.LengthError, ValueError, 500, lambda: native(lib.cretula_validate, 1, 0, b"a", (1 << 64) - 1)),
    (
        errors.StructSizeError, cretula.InternalError, 500,
        lambda: native(lib.cretula_probe, b"a", 1, ffi.NULL, ffi.new("cretula_info *")),
    ),
]


def full(count: int) -> dict[str, Any]:
    options = {"fit": "pad", "width": 1, "height": 1, "metadata": "none"}
    return {"variants": {f"v{n}": {"id": f"v{n}", "options": options} for n in range(count)}}


@pytest.mark.parametrize(("kind", "base", "http", "call"), RAISED, ids=lambda v: getattr(v, "__name__", ""))
def test_each_kind(
    kind: type[cretula.Error], base: type[Exception], http: int, call: Callable[[], Any]
) -> None:
    with pytest.raises(kind) as caught:
        call()
    error = caught.value
    assert type(error) is kind and isinstance(error, base)
    assert error.kind == ffi.string(lib.cretula_status_name(kind.status)).decode()
    assert error.http_status == lib.cretula_status_http(kind.status)
    assert error.http_status == http or http in (499, 503) and error.http_status >= 400
    assert str(error) == error.args[0] != ""
    assert error.code >= 1000
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.code, again.stage) == (kind, str(error), error.code, error.stage)
    answer = json.loads(records.response_failure(error))
    assert answer["errors"] == [{"code": error.code, "message": str(error)}]
    assert json.loads(records.response_failure(again)) == answer


def test_every_status_has_its_class() -> None:
    statuses = {name: getattr(lib, name) for name in dir(lib) if name.startswith("CRETULA_ERR_")}
    classes = {kind.status: kind for kind in errors._BY_STATUS.values()}
    assert set(classes) == set(statuses.values())
    for kind in classes.values():
        assert getattr(errors, kind.__name__) is kind and issubclass(kind, cretula.Error)
    hidden = {kind.__name__ for kind in classes.values()} - set(cretula.__all__)
    assert hidden == {"NullPointerError", "StructSizeError", "UnknownConstantError", "BadHandleError"}
    untested = {kind.__name__ for kind in classes.values()} - {row[0].__name__ for row in RAISED}
    assert untested == {"BusyError", "PoisonedError", "PanicError", "InternalError"}


def test_nothing_shows_a_key() -> None:
    keys = signing.Keyring(KEYS)
    secret = "a value that is secret"
    assert repr(keys) == "<Keyring of ['default']>" and secret not in str(keys)
    assert secret in keys.to_json()
    for copy in (lambda: pickle.dumps(keys), lambda: __import__("copy").deepcopy(keys)):
        with pytest.raises(TypeError, match="cannot pickle or copy a Keyring"):
            copy()
    torn: Any = '{"keys":[{"name":"a","value":"a value that is secret"'
    for broken in (torn, {"keys": [{"name": "", "value": secret}]}):
        with pytest.raises(cretula.InvalidValueError) as caught:
            signing.Keyring(broken)
        assert secret not in str(caught.value)
