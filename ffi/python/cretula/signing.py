"""Signed URLs: keyrings, and the decision whether a request may see a variant.

Any number of threads may sign and verify with one keyring at once. :meth:`Keyring.put` and
:meth:`Keyring.remove` need exclusive access: a concurrent call raises :class:`cretula.BusyError`.
To rotate keys under load, create a new keyring and swap it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Optional, Union

from ._call import (
    BUFFER, ERROR, U64, UINT64, choice, constants, fail, json_text, new, taken_secret, taken_text, utf8,
    utf8_or_bytes, whole,
)
from ._handle import Handle
from ._native import ffi, lib
from .errors import SignatureError, from_native

__all__ = ["Access", "Encoding", "Keyring", "Verified", "authorize", "generate_key_value"]

Encoding = Literal["hex", "base64url"]

ENCODINGS = constants("ENCODING")

_KEYRING = ffi.typeof("cretula_keyring **")
_SIZE = (1 << 8 * ffi.sizeof("size_t") - 1) - 1

_sign = lib.cretula_keyring_sign
_verify = lib.cretula_keyring_verify
_authorize = lib.cretula_keyring_authorize


class Verified(NamedTuple):
    """A valid signature: the name of the key, and the last Unix second of its validity (``None``:
    no expiry).
    
    """

    key: str
    expires_at: Optional[int]


@dataclass(frozen=True)
class Access:
    """The decision of :func:`authorize`. It is true if the request is allowed.

    ``verified`` is the signature, if one is required and valid. ``error`` is the reason for a
    refusal. Both are ``None`` for a public variant.
    """

    verified: Optional[Verified] = None
    error: Optional[SignatureError] = None

    @property
    def allowed(self) -> bool:
        """Whether the request may see the variant."""
        return self.error is None

    @property
    def expires_at(self) -> Optional[int]:
        """The last Unix second at which a cache may keep a response; ``None`` for no expiry."""
        return self.verified.expires_at if self.verified else None

    def __bool__(self) -> bool:
        return self.allowed


class Keyring(Handle):
    """The keys that sign URLs and verify signatures.

    ``keys`` is the list of the API, ``{"keys":[{"name","value"}]}``, as a dict or JSON text;
    without it the keyring is empty. ``capacity`` is the maximum number of keys (default 2);
    verifying costs one HMAC for each key. The library overwrites its copies of the keys when it
    frees them, but cannot overwrite a ``str`` that Python holds.

    Raises :class:`InvalidValueError` for other JSON, or a name or value that violates its rule;
    :class:`LimitExceededError` for too many keys. No message quotes a value.
    """

    __slots__ = ()

    def __init__(
        self, keys: Union[str, bytes, Mapping[str, Any], None] = None, capacity: Optional[int] = None
    ) -> None:
        size = 0 if capacity is None else whole("capacity", capacity, 1, _SIZE)
        out, error = new(_KEYRING), new(ERROR)
        if keys is None:
            status = lib.cretula_keyring_new(size, out, error)
        else:
            text = json_text("keys", keys)
            status = lib.cretula_keyring_from_json(text, len(text), size, out, error)
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
        """Signs a URL, absolute or a path. Returns it with ``exp`` and ``sig`` added.

        ``expires_at`` is the last Unix second at which the signature is valid; ``None`` means no
        expiry. ``encoding`` is ``"hex"``, as documented by the hosted service, or ``"base64url"``.

        Raises :class:`NotFoundError` if there is no such key; :class:`InvalidValueError` if the URL
        has a fragment, a control character, a ``sig`` or a second ``exp``, or is neither absolute
        nor starts with ``/``.
        """
        expires = 0
        if expires_at is not None:
            expires = whole("expires_at", expires_at, 0, U64)
            if not expires and isinstance(url, str):
                # To C, 0 means no expiry.
                url += ("&" if "?" in url else "?") + "exp=0"
        name, text = utf8("key_name", key_name), utf8("url", url)
        number = choice("encoding", ENCODINGS, encoding)
        out, error = new(BUFFER), new(ERROR)
        if _sign(self._held(), name, len(name), text, len(text), expires, number, out, error):
            fail(error)
        return taken_text(out)

    def verify(self, url: Union[str, bytes], *, now: int) -> Verified:
        """Verifies the signature of a received URL, absolute or a path with its query, byte for
        byte as sent.

        ``now`` is in Unix seconds: ``int(time.time())``. Raises :class:`SignatureMissingError`,
        :class:`SignatureMalformedError`, :class:`SignatureMismatchError` or
        :class:`SignatureExpiredError`, all of which are :class:`SignatureError`.
        """
        text, second = utf8_or_bytes("url", url), whole("now", now, 0, U64)
        key, expires, error = new(BUFFER), new(UINT64), new(ERROR)
        if _verify(self._held(), text, len(text), second, key, expires, error):
            fail(error)
        return Verified(taken_text(key), expires[0] or None)

    def is_signed(self, url: Union[str, bytes], *, now: int) -> bool:
        """Whether :meth:`verify` accepts the URL. Exceptions other than :class:`SignatureError`
        propagate.
        
        """
        try:
            self.verify(url, now=now)
        except SignatureError:
            return False
        return True

    def put(self, name: str, value: str) -> None:
        """Adds a key, or replaces the key of this name. A name has 1 to 20 characters, a value 1 to
        1024 bytes.

        Raises :class:`LimitExceededError` if the name is new and the keyring is full;
        :class:`InvalidValueError` for a name or value that violates its rule. The keyring is then
        unchanged.
        """
        raw, secret, error = utf8("name", name), utf8("value", value), new(ERROR)
        if lib.cretula_keyring_put(self._held(), raw, len(raw), secret, len(secret), error):
            fail(error)

    def remove(self, name: str) -> None:
        """Removes a key. Removing the last key generates a new one named ``"default"``.

        Raises :class:`NotFoundError` if there is no key of this name.
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
        """The list of keys of the API, including the values: a secret."""
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


def authorize(
    keyring: Keyring,
    url: Union[str, bytes],
    *,
    now: int,
    image_requires_signed_urls: bool,
    variant_never_requires_signed_urls: bool = False,
) -> Access:
    """Decides whether the request for a URL may see a variant of an image at ``now`` (Unix
    seconds).

    A signature is required if the image requires one and the variant does not waive it. ``url`` is
    the URL as received. Does not check that the URL refers to this image and variant: look both up
    from the URL you pass here.
    """
    if not isinstance(keyring, Keyring):
        raise TypeError(f"keyring must be a Keyring, not {type(keyring).__name__}")
    text, second = utf8_or_bytes("url", url), whole("now", now, 0, U64)
    image, variant = bool(image_requires_signed_urls), bool(variant_never_requires_signed_urls)
    key, expires, error = new(BUFFER), new(UINT64), new(ERROR)
    if _authorize(keyring._held(), image, variant, text, len(text), second, key, expires, error):
        reason = from_native(error)
        if isinstance(reason, SignatureError):
            return Access(error=reason)
        raise reason
    return Access(Verified(taken_text(key), expires[0] or None) if key.len else None)


def generate_key_value() -> str:
    """A new value for a key, from the random generator of the operating system: a secret."""
    out, error = new(BUFFER), new(ERROR)
    if lib.cretula_key_value_generate(out, error):
        fail(error)
    return taken_secret(out)
