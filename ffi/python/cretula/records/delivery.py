"""Delivery URLs, from which a rendition of an image is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Union

from .._call import ERROR, fail, new, rules_number, utf8, utf8_or_bytes
from .. import options as _options
from .._native import ffi, lib
from ..errors import InvalidValueError
from ..options import VariantOptions

if TYPE_CHECKING:
    from .identifiers import RuleSet

_URL = ffi.typeof("cretula_delivery_url **")


def _text(text: Any) -> Optional[str]:
    return ffi.string(text).decode() if text else None


class DeliveryUrl:
    """A delivery URL, ``https://<host>/<account>/<image>/<variant>``, or only its path. Immutable
    and hashable.

    In the place of the id of a variant, there may be :class:`VariantOptions` or their text; ``options``
    has them, and ``variant_id`` is ``None``.

    ``str()`` is the percent-encoded URL; ``image_id`` and ``variant_id`` are decoded. Without
    ``host`` it is a path; the scheme is https, unless ``host`` begins with one, such as
    ``"http://127.0.0.1:8080"``. ``on_custom_domain`` puts the path below ``/cdn-cgi/imagedelivery``.

    Raises :class:`InvalidValueError` if a part violates its rule in ``rules``, and
    :class:`InvalidArgumentError` if an option does.
    """

    __slots__ = (
        "_text", "account_hash", "host", "image_id", "on_custom_domain", "options", "rules", "scheme",
        "variant_id",
    )

    scheme: Optional[str]
    host: Optional[str]
    account_hash: str
    image_id: str
    variant_id: Optional[str]
    options: Optional[VariantOptions]
    on_custom_domain: bool
    rules: RuleSet
    _text: str

    def __init__(
        self,
        account_hash: str,
        image_id: str,
        variant_id: Union[str, VariantOptions],
        *,
        host: Optional[str] = None,
        on_custom_domain: bool = False,
        rules: RuleSet = "reference",
    ) -> None:
        if host == "":
            raise InvalidValueError("host must not be empty; omit it for a path")
        at = b"" if host is None else utf8("host", host)
        account = utf8("account_hash", account_hash)
        named = str(variant_id) if isinstance(variant_id, VariantOptions) else variant_id
        image, variant = utf8("image_id", image_id), utf8("variant_id", named)
        number, custom = rules_number(rules), bool(on_custom_domain)
        out, error = new(_URL), new(ERROR)
        parts = (at, len(at), account, len(account), image, len(image), variant, len(variant))
        if lib.cretula_delivery_url_new(*parts, custom, number, out, error):
            fail(error)
        self._fill(out[0], rules)

    @classmethod
    def parse(cls, url: Union[str, bytes], *, rules: RuleSet = "reference") -> DeliveryUrl:
        """Parses an absolute http or https URL, or a path.

        A last segment that contains ``=`` is options instead of a variant id. The query is ignored;
        :meth:`Keyring.verify` checks its signature over the bytes as received. Raises
        :class:`InvalidArgumentError` for options that are unknown, given twice or out of range, and
        :class:`InvalidValueError` for anything else.
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
            put(self, "scheme", _text(lib.cretula_delivery_url_scheme(url)))
            put(self, "host", _text(lib.cretula_delivery_url_host(url)))
            put(self, "account_hash", _text(lib.cretula_delivery_url_account_hash(url)))
            put(self, "image_id", _text(lib.cretula_delivery_url_image_id(url)))
            put(self, "variant_id", _text(lib.cretula_delivery_url_variant_id(url)))
            options = _text(lib.cretula_delivery_url_options(url))
            put(self, "options", None if options is None else _options.parsed(options))
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

    def __eq__(self, other: object) -> bool:
        # The text is canonical.
        return self._text == other._text if isinstance(other, DeliveryUrl) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_parse, (self._text, self.rules))


def _parse(text: str, rules: RuleSet) -> DeliveryUrl:
    return DeliveryUrl.parse(text, rules=rules)
