"""Lists of variants: those that an account has, by id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

from . import options as _options
from ._call import BUFFER, ERROR, Json, fail, json_text, new, profile_number, taken_text, utf8
from ._handle import Handle
from ._native import ffi, lib
from .options import VARIANT, VARIANT_SIZE, VariantOptions, variant_fields

if TYPE_CHECKING:
    from .options import Profile

_LIST = ffi.typeof("cretula_variants **")
_UINT32 = ffi.typeof("uint32_t *")


@dataclass(frozen=True)
class Variant:
    """A variant of a list. ``never_require_signed_urls``: unsigned URLs may always see it."""

    id: str
    options: VariantOptions
    never_require_signed_urls: bool = False


class Variants(Handle):
    """The variants of an account, at most 100, in the order of their ids.

    ``json`` is the reference's ``{"variants":{"<id>":{"id","options",…}}}`` as a dict or text; without it the
    list is empty. Many threads may look one up at once; changing the list needs it alone, else
    :class:`BusyError`.

    :class:`InvalidValueError` or :class:`InvalidArgumentError` if it is no such JSON or a variant breaks a
    rule of ``profile``; :class:`LimitExceededError` for over 100.
    """

    __slots__ = ()

    def __init__(self, json: Optional[Json] = None, *, profile: Profile = "reference") -> None:
        number, out, error = profile_number(profile), new(_LIST), new(ERROR)
        if json is None:
            status = lib.cretula_variants_new(number, out, error)
        else:
            text = json_text("json", json)
            status = lib.cretula_variants_from_json(text, len(text), number, out, error)
        if status:
            fail(error)
        self._own(out[0], lib.cretula_variants_free)

    def to_json(self) -> str:
        """The reference's JSON."""
        out, error = new(BUFFER), new(ERROR)
        if lib.cretula_variants_to_json(self._held(), out, error):
            fail(error)
        return taken_text(out)

    def __len__(self) -> int:
        return int(lib.cretula_variants_count(self._held()))

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        """The ids, in their order, as they are when the walk starts."""
        handle, ids, error = self._held(), [], new(ERROR)
        for index in range(lib.cretula_variants_count(handle)):
            out = new(BUFFER)
            if lib.cretula_variants_id_at(handle, index, out, error):
                fail(error)
            ids.append(taken_text(out))
        return iter(ids)

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and id in iter(self)

    def __getitem__(self, id: str) -> Variant:
        """The variant of this id. :class:`NotFoundError`, a :class:`KeyError`, if there is none."""
        text, never, error = utf8("id", id), new(_UINT32), new(ERROR)
        out = new(VARIANT, {"struct_size": VARIANT_SIZE})
        if lib.cretula_variants_get(self._held(), text, len(text), out, never, error):
            fail(error)
        return Variant(id, _options.from_native(out), never[0] != 0)

    def create(self, variant: Variant) -> None:
        """Adds a variant.

        :class:`InvalidValueError` if the id is in use or breaks its rule; :class:`InvalidArgumentError` if a
        side is out of range; :class:`LimitExceededError` if there are 100 already. The list is then as it
        was.
        """
        self._put(lib.cretula_variants_create, variant)

    def update(self, variant: Variant) -> None:
        """Replaces the variant of this id whole.

        :class:`NotFoundError` if there is none, else as :meth:`create`.
        """
        self._put(lib.cretula_variants_update, variant)

    def _put(self, put: Any, variant: Variant) -> None:
        if not isinstance(variant, Variant):
            raise TypeError(f"variant must be a Variant, not {type(variant).__name__}")
        asked, text, error = variant.options, utf8("id", variant.id), new(ERROR)
        if not isinstance(asked, VariantOptions):
            raise TypeError(f"options must be VariantOptions, not {type(asked).__name__}")
        native = new(VARIANT, variant_fields(asked.fit, asked.width, asked.height, asked.metadata))
        never = int(bool(variant.never_require_signed_urls))
        if put(self._held(), text, len(text), native, never, error):
            fail(error)

    def remove(self, id: str) -> None:
        """Takes a variant out.

        :class:`NotFoundError` if there is none of this id; :class:`InvalidValueError` if it is ``"public"``
        in the hosted profile, which never lets go of it.
        """
        text, error = utf8("id", id), new(ERROR)
        if lib.cretula_variants_remove(self._held(), text, len(text), error):
            fail(error)

    def __repr__(self) -> str:
        return "<Variants, closed>" if self._cdata is None else f"<Variants {list(self)!r}>"
