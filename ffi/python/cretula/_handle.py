"""Ownership of native objects: each is freed once, when nothing can be using it."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

from ._native import ffi
from .errors import BadHandleError

Self = TypeVar("Self", bound="Handle")


class Handle:
    """A native object, freed by :meth:`close` or with the last reference to it.

    A call running in another thread keeps the native object alive until it returns.
    """

    __slots__ = ("__weakref__", "_cdata")

    _cdata: Any

    def _own(self, cdata: Any, free: Callable[[Any], None]) -> None:
        self._cdata = ffi.gc(cdata, free)

    def _held(self) -> Any:
        cdata = self._cdata
        if cdata is None:
            raise BadHandleError(f"the {type(self).__name__} is closed")
        return cdata

    def close(self) -> None:
        """Frees the native object. Later use raises a :class:`ValueError`; closing again does
        nothing.
        
        """
        self._cdata = None

    def __enter__(self: Self) -> Self:
        self._held()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(f"cannot pickle or copy a {type(self).__name__}: it owns native memory")
