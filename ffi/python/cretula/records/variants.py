"""The list of the variants of an account, by id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

from .. import options as _options
from .._call import BUFFER, ERROR, NULL, Json, fail, json_text, new, rules_number, taken_text, utf8
from .._handle import Handle
from .._native import ffi, lib
from ..errors import InvalidArgumentError
from ..options import VARIANT, VariantOptions

if TYPE_CHECKING:
    from .identifiers import RuleSet

_LIST = ffi.typeof("cretula_variants **")
_BOOL = ffi.typeof("bool *")


@dataclass(frozen=True)
class Variant:
    """A named variant. With ``never_require_signed_urls``, it never requires a signature."""

    id: str
    options: VariantOptions
    never_require_signed_urls: bool = False


class Variants(Handle):
    """The variants of an account, at most 100, in the order of their ids.

    ``json`` is ``{"variants":{"<id>":{"id","options",…}}}`` as a dict or text; without it the list
    is empty. Any number of threads may read the list at once; changing it concurrently with other
    calls raises :class:`BusyError`.

    Raises :class:`InvalidValueError` or :class:`InvalidArgumentError` for other JSON or a variant
    that violates a rule of ``rules``; :class:`LimitExceededError` for more than 100.
    """

    __slots__ = ()

    def __init__(self, json: Optional[Json] = None, *, rules: RuleSet = "reference") -> None:
        number, out, error = rules_number(rules), new(_LIST), new(ERROR)
        if json is None:
            status = lib.cretula_variants_new(number, out, error)
        else:
            text = json_text("json", json)
            status = lib.cretula_variants_from_json(text, len(text), number, out, error)
        if status:
            fail(error)
        self._own(out[0], lib.cretula_variants_free)

    def to_json(self) -> str:
        """The list as JSON."""
        out, error = new(BUFFER), new(ERROR)
        if lib.cretula_variants_to_json(self._held(), out, error):
            fail(error)
        return taken_text(out)

    def __len__(self) -> int:
        return int(lib.cretula_variants_count(self._held()))

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        """The ids in order, as of the start of the iteration."""
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
        """The variant with this id. Raises :class:`NotFoundError`, a :class:`KeyError`, if there is
        none.
        
        """
        text, never, out, error = utf8("id", id), new(_BOOL), new(BUFFER), new(ERROR)
        handle = self._held()
        if lib.cretula_variants_get(handle, text, len(text), NULL, never, error):
            fail(error)
        if lib.cretula_variants_options(handle, text, len(text), out, error):
            fail(error)
        return Variant(id, _options.parsed(taken_text(out)), bool(never[0]))

    def create(self, variant: Variant) -> None:
        """Adds a variant.

        Raises :class:`AlreadyExistsError` if the id is in use; :class:`InvalidValueError` if it violates
        its rule; :class:`InvalidArgumentError` if an option is out of range or both sides are missing;
        :class:`LimitExceededError` if there are 100 already. The list is then unchanged.
        """
        self._put(lib.cretula_variants_create, variant)

    def update(self, variant: Variant) -> None:
        """Replaces the variant with this id.

        Raises :class:`NotFoundError` if there is none, and the exceptions of :meth:`create`.
        """
        self._put(lib.cretula_variants_update, variant)

    def patch(self, id: str, update: Json) -> None:
        """Applies an update, ``{"options","neverRequireSignedURLs"}``, to the variant with this id. What is
        missing stays the same, each option for itself; an option that is ``None`` gets its default.

        Raises :class:`NotFoundError` if there is none; :class:`InvalidValueError` or
        :class:`InvalidArgumentError` for other JSON, an option out of its range, or if no side is left.
        The list is then unchanged.
        """
        text, change, error = utf8("id", id), json_text("update", update), new(ERROR)
        if lib.cretula_variants_patch(self._held(), text, len(text), change, len(change), error):
            fail(error)

    def _put(self, put: Any, variant: Variant) -> None:
        if not isinstance(variant, Variant):
            raise TypeError(f"variant must be a Variant, not {type(variant).__name__}")
        options, text, error = variant.options, utf8("id", variant.id), new(ERROR)
        if not isinstance(options, VariantOptions):
            raise TypeError(f"options must be VariantOptions, not {type(options).__name__}")
        if options.width is None and options.height is None:
            raise InvalidArgumentError("width and height are both missing: give at least one")
        never = bool(variant.never_require_signed_urls)
        if put(self._held(), text, len(text), VARIANT.of(options), never, error):
            fail(error)

    def remove(self, id: str) -> None:
        """Removes a variant.

        Raises :class:`NotFoundError` if there is none with this id; :class:`InvalidValueError` for
        ``"public"`` with hosted rules, where it cannot be removed.
        """
        text, error = utf8("id", id), new(ERROR)
        if lib.cretula_variants_remove(self._held(), text, len(text), error):
            fail(error)

    def __repr__(self) -> str:
        return "<Variants, closed>" if self._cdata is None else f"<Variants {list(self)!r}>"
