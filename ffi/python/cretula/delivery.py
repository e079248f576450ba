"""Delivery URLs: where a variant of an image is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Union

from ._call import ERROR, fail, new, profile_number, utf8, utf8_or_bytes
from ._native import ffi, lib
from .errors import InvalidValueError

if TYPE_CHECKING:
    from .options import Profile

_URL = ffi.typeof("cretula_delivery_url **")


def _text(text: Any) -> Optional[str]:
    return ffi.string(text).decode() if text else None


class DeliveryUrl:
    """``https://<host>/<account>/<image>/<variant>``, or its path alone: a value that can be compared and
    hashed.

    ``str()`` is the URL, percent-encoded; ``image_id`` and ``variant_id`` are plain text. Without ``host`` it
    is a path; ``on_custom_domain`` puts it below ``/cdn-cgi/imagedelivery``.

    :class:`InvalidValueError` if a part breaks its rule in ``profile``.
    """

    __slots__ = ("_text", "account_hash", "host", "image_id", "on_custom_domain", "profile", "variant_id")

    host: Optional[str]
    account_hash: str
    image_id: str
    variant_id: str
    on_custom_domain: bool
    profile: Profile
    _text: str

    def __init__(
        self,
        account_hash: str,
        image_id: str,
        variant_id: str,
        *,
        host: Optional[str] = None,
        on_custom_domain: bool = False,
        profile: Profile = "reference",
    ) -> None:
        if host == "":
            raise InvalidValueError("host must not be empty: leave it out for a path")
        at = b"" if host is None else utf8("host", host)
        account = utf8("account_hash", account_hash)
        image, variant = utf8("image_id", image_id), utf8("variant_id", variant_id)
        number, custom = profile_number(profile), int(bool(on_custom_domain))
        out, error = new(_URL), new(ERROR)
        parts = (at, len(at), account, len(account), image, len(image), variant, len(variant))
        if lib.cretula_delivery_url_new(*parts, custom, number, out, error):
            fail(error)
        self._fill(out[0], profile)

    @classmethod
    def parse(cls, url: Union[str, bytes], *, profile: Profile = "reference") -> DeliveryUrl:
        """Takes an absolute http or https URL, or a path, apart.

        The query is not looked at: its signature is :meth:`Keyring.verify`'s to check, over the bytes as
        received. :class:`InvalidValueError` for anything that is no such URL.
        """
        text, number = utf8_or_bytes("url", url), profile_number(profile)
        out, error = new(_URL), new(ERROR)
        if lib.cretula_delivery_url_parse(text, len(text), number, out, error):
            fail(error)
        parsed = cls.__new__(cls)
        parsed._fill(out[0], profile)
        return parsed

    def _fill(self, url: Any, profile: Profile) -> None:
        put = object.__setattr__
        try:
            put(self, "_text", _text(lib.cretula_delivery_url_text(url)))
            put(self, "host", _text(lib.cretula_delivery_url_host(url)))
            put(self, "account_hash", _text(lib.cretula_delivery_url_account_hash(url)))
            put(self, "image_id", _text(lib.cretula_delivery_url_image_id(url)))
            put(self, "variant_id", _text(lib.cretula_delivery_url_variant_id(url)))
            put(self, "on_custom_domain", bool(lib.cretula_delivery_url_is_on_custom_domain(url)))
            put(self, "profile", profile)
        finally:
            lib.cretula_delivery_url_free(url)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a DeliveryUrl cannot be changed: make a new one with another {name}")

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"DeliveryUrl.parse({self._text!r}, profile={self.profile!r})"

    def _key(self) -> tuple[Optional[str], str, str, str, bool]:
        return (self.host, self.account_hash, self.image_id, self.variant_id, self.on_custom_domain)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, DeliveryUrl) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> tuple[Any, ...]:
        return (_parse, (self._text, self.profile))


def _parse(text: str, profile: Profile) -> DeliveryUrl:
    return DeliveryUrl.parse(text, profile=profile)
