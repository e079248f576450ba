"""Keyrings: signing URLs, verifying them, and deciding who may see an image.

Many threads may sign and verify with one ring at once. :meth:`Keyring.put` and :meth:`Keyring.remove` need it
alone: one of two calls that meet gets a :class:`BusyError`. To rotate under load, make a new ring and swap it
in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

from ._call import (
    BUFFER, ERROR, U64, UINT64, choice, constants, fail, json_text, new, taken_secret, taken_text, utf8,
    utf8_or_bytes, whole,
)
from ._handle import Handle
from ._native import ffi, lib
from .errors import SignatureError

if TYPE_CHECKING:
    from typing import Literal

    Encoding = Literal["hex", "base64url"]

ENCODINGS = constants("ENCODING")

_RING = ffi.typeof("cretula_keyring **")
_SIZE = (1 << 8 * ffi.sizeof("size_t") - 1) - 1

_sign = lib.cretula_keyring_sign
_verify = lib.cretula_keyring_verify
_verify_details = lib.cretula_keyring_verify_details


class Verified(NamedTuple):
    """Who signed a URL, and the last Unix second at which that is good; ``None`` for never to expire."""

    key: str
    expires_at: Optional[int]


class Keyring(Handle):
    """The keys that sign URLs, and whose signatures are good.

    ``keys`` is the reference's ``{"keys":[{"name","value"}]}``, as a dict or JSON text; without it the ring
    is empty. ``capacity`` is the most keys it may hold, 2 unless given: verifying costs one HMAC a key. The
    library overwrites its keys when they go; what Python itself holds of a value that you passed is Python's
    to forget.

    :class:`InvalidValueError` for no such JSON, or a name or value that breaks its rule;
    :class:`LimitExceededError` for too many keys. No message quotes a value.
    """

    __slots__ = ()

    def __init__(
        self, keys: Union[str, bytes, Mapping[str, Any], None] = None, capacity: Optional[int] = None
    ) -> None:
        size = 0 if capacity is None else whole("capacity", capacity, 1, _SIZE)
        out, error = new(_RING), new(ERROR)
        if keys is not None:
            text = json_text("keys", keys)
            status = lib.cretula_keyring_from_json(text, len(text), size, out, error)
        elif size:
            status = lib.cretula_keyring_new_with_capacity(size, out, error)
        else:
            status = lib.cretula_keyring_new(out, error)
        if status:
            fail(error)
        self._own(out[0], lib.cretula_keyring_free)

    def sign(
        self,
        url: str,
        *,
        key_name: str = "default",
        expires_at: Optional[int] = None,
        encoding: Encoding = "hex",
    ) -> str:
        """Signs a URL, absolute or a path: the same text with ``exp`` and ``sig`` added.

        ``expires_at``, in Unix seconds, is the last second at which the signature is good; ``None`` is for
        ever. ``encoding`` is ``"hex"``, as the hosted service documents it, or ``"base64url"``.

        :class:`NotFoundError` if there is no such key; :class:`InvalidValueError` if the URL has a fragment,
        a control character, a ``sig``, a second ``exp``, or is neither absolute nor starts with ``/``.
        """
        expires = 0
        if expires_at is not None:
            expires = whole("expires_at", expires_at, 0, U64)
            if not expires and isinstance(url, str):
                url += ("&" if "?" in url else "?") + "exp=0"
        name, text = utf8("key_name", key_name), utf8("url", url)
        out, error, handle = new(BUFFER), new(ERROR), self._held()
        if encoding == "hex":
            status = _sign(handle, name, len(name), text, len(text), expires, out, error)
        else:
            number = choice("encoding", ENCODINGS, encoding)
            status = lib.cretula_keyring_sign_encoded(
                handle, name, len(name), text, len(text), expires, number, out, error
            )
        if status:
            fail(error)
        return taken_text(out)

    def verify(self, url: Union[str, bytes], *, now: int) -> Verified:
        """Checks the signature of a received URL, absolute or a path with its query, byte for byte as it was
        sent.

        ``now`` is in Unix seconds: ``int(time.time())``. :class:`SignatureMissingError`,
        :class:`SignatureMalformedError`, :class:`SignatureMismatchError` or :class:`SignatureExpiredError`,
        all of them :class:`SignatureError`, if it is not good.
        """
        text, second = utf8_or_bytes("url", url), whole("now", now, 0, U64)
        key, expires, error = new(BUFFER), new(UINT64), new(ERROR)
        if _verify_details(self._held(), text, len(text), second, key, expires, error):
            fail(error)
        return Verified(taken_text(key), expires[0] or None)

    def is_signed(self, url: Union[str, bytes], *, now: int) -> bool:
        """Whether :meth:`verify` would accept the URL.

        What is no matter of signatures is raised all the same.
        """
        text, second, error = utf8_or_bytes("url", url), whole("now", now, 0, U64), new(ERROR)
        status = _verify(self._held(), text, len(text), second, error)
        if status:
            try:
                fail(error)
            except SignatureError:
                return False
        return True

    def put(self, name: str, value: str) -> None:
        """Adds a key, or replaces the one of this name. A name is 1 to 20 characters, a value 1 to 1024
        bytes.

        :class:`LimitExceededError` if the name is new and the ring full; :class:`InvalidValueError` for a
        name or value that breaks its rule. The ring is then as it was.
        """
        raw, secret, error = utf8("name", name), utf8("value", value), new(ERROR)
        if lib.cretula_keyring_put(self._held(), raw, len(raw), secret, len(secret), error):
            fail(error)

    def remove(self, name: str) -> None:
        """Removes a key. The last one is replaced by a new, generated one named ``"default"``.

        :class:`NotFoundError` if there is none of this name.
        """
        raw, error = utf8("name", name), new(ERROR)
        if lib.cretula_keyring_remove(self._held(), raw, len(raw), error):
            fail(error)

    @property
    def names(self) -> list[str]:
        """The names of the keys, in the order in which they were put."""
        handle, names, error = self._held(), [], new(ERROR)
        for index in range(lib.cretula_keyring_count(handle)):
            out = new(BUFFER)
            if lib.cretula_keyring_name_at(handle, index, out, error):
                fail(error)
            names.append(taken_text(out))
        return names

    def to_json(self) -> str:
        """The reference's list of keys, values and all: a secret."""
        out, error = new(BUFFER), new(ERROR)
        if lib.cretula_keyring_to_json(self._held(), out, error):
            fail(error)
        return taken_secret(out)

    def __len__(self) -> int:
        return int(lib.cretula_keyring_count(self._held()))

    def __bool__(self) -> bool:
        return True

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __repr__(self) -> str:
        return "<Keyring, closed>" if self._cdata is None else f"<Keyring of {self.names!r}>"


def access(
    keyring: Keyring,
    url: Union[str, bytes],
    *,
    now: int,
    image_requires_signed_urls: bool,
    variant_never_requires_signed_urls: bool = False,
) -> Optional[int]:
    """Decides whether a URL, as it was received, may see a variant of an image at ``now`` (Unix seconds).

    Returns the last second at which that holds, which no cache may outlive; ``None`` for ever. A signature is
    needed if the image requires it and the variant does not waive it; one of the :class:`SignatureError` if
    it is not good. That the URL names this image and this variant is the caller's to know, who found them by
    it.
    """
    if not isinstance(keyring, Keyring):
        raise TypeError(f"keyring must be a Keyring, not {type(keyring).__name__}")
    text, second = utf8_or_bytes("url", url), whole("now", now, 0, U64)
    expires, error = new(UINT64), new(ERROR)
    needs, waives = int(bool(image_requires_signed_urls)), int(bool(variant_never_requires_signed_urls))
    if lib.cretula_access_check(keyring._held(), needs, waives, text, len(text), second, expires, error):
        fail(error)
    return int(expires[0]) or None


def generate_key_value() -> str:
    """A new value for a key, from the operating system's random generator: a secret."""
    out, error = new(BUFFER), new(ERROR)
    if lib.cretula_key_value_generate(out, error):
        fail(error)
    return taken_secret(out)
