"""Delivery URLs, from which a variant of an image is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Union

from .._call import ERROR, fail, new, rules_number, utf8, utf8_or_bytes
from .._native import ffi, lib
from ..errors import InvalidValueError

if TYPE_CHECKING:
    from .identifiers import RuleSet

_URL = ffi.typeof("cretula_delivery_url **")


def _text(text: Any) -> Optional[str]:
    return ffi.string(text).decode() if text else None


class DeliveryUrl:
    """A delivery URL, ``https://<host>/<account>/<image>/<variant>``, or only its path. Immutable
    and hashable.

    ``str()`` is the percent-encoded URL; ``image_id`` and ``variant_id`` are decoded. Without
    ``host`` it is a path; ``on_custom_domain`` puts it below ``/cdn-cgi/imagedelivery``.

    Raises :class:`InvalidValueError` if a part violates its rule in ``rules``.
    """

    __slots__ = ("_text", "account_hash", "host", "image_id", "on_custom_domain", "rules", "variant_id")

    host: Optional[str]
    account_hash: str
    image_id: str
    variant_id: str
    on_custom_domain: bool
    rules: RuleSet
    _text: str

    def __init__(
        self,
        account_hash: str,
        image_id: str,
        variant_id: str,
        *,
        host: Optional[str] = None,
        on_custom_domain: bool = False,
        rules: RuleSet = "reference",
    ) -> None:
        if host == "":
            raise InvalidValueError("host must not be empty; omit it for a path")
        at = b"" if host is None else utf8("host", host)
        account = utf8("account_hash", account_hash)
        image, variant = utf8("image_id", image_id), utf8("variant_id", variant_id)
        number, custom = rules_number(rules), bool(on_custom_domain)
        out, error = new(_URL), new(ERROR)
        parts = (at, len(at), account, len(account), image, len(image), variant, len(variant))
        if lib.cretula_delivery_url_new(*parts, custom, number, out, error):
            fail(error)
        self._fill(out[0], rules)

    @classmethod
    def parse(cls, url: Union[str, bytes], *, rules: RuleSet = "reference") -> DeliveryUrl:
        """Parses an absolute http or https URL, or a path.

        The query is ignored; :meth:`Keyring.verify` checks its signature over the bytes as
        received. Raises :class:`InvalidValueError` for anything else.
        """
        text, number = utf8_or_bytes("url", url), rules_number(rules)
        out, error = new(_URL), new(ERROR)
        if lib.cretula_delivery_url_parse(text, len(text), number, out, error):
            fail(error)
        parsed = cls.__new__(cls)
        parsed._fill(out[0], rules)
        return parsed

    def _fill(self, url: Any, rules: RuleSet) -> None:
        put = object.__setattr__
        try:
            put(self, "_text", _text(lib.cretula_delivery_url_text(url)))
            put(self, "host", _text(lib.cretula_delivery_url_host(url)))
            put(self, "account_hash", _text(lib.cretula_delivery_url_account_hash(url)))
            put(self, "image_id", _text(lib.cretula_delivery_url_image_id(url)))
            put(self, "variant_id", _text(lib.cretula_delivery_url_variant_id(url)))
            put(self, "on_custom_domain", bool(lib.cretula_delivery_url_is_on_custom_domain(url)))
            put(self, "rules", rules)
        finally:
            lib.cretula_delivery_url_free(url)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a DeliveryUrl is immutable: create a new one with another {name}")

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"DeliveryUrl.parse({self._text!r}, rules={self.rules!r})"

    def _key(self) -> tuple[Optional[str], str, str, str, bool]:
        return (self.host, self.account_hash, self.image_id, self.variant_id, self.on_custom_domain)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, DeliveryUrl) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> tuple[Any, ...]:
        return (_parse, (self._text, self.rules))


def _parse(text: str, rules: RuleSet) -> DeliveryUrl:
    return DeliveryUrl.parse(text, rules=rules)
