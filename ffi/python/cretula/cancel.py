"""Cancellation: a wish to stop that one thread gives and another obeys."""

from __future__ import annotations

from typing import Any, Optional

from ._call import NULL
from ._handle import Handle
from ._native import lib


class CancelToken(Handle):
    """A wish to stop, for any number of calls and threads. Cancelled once, it stays so."""

    __slots__ = ()

    def __init__(self) -> None:
        self._own(lib.cretula_cancel_new(), lib.cretula_cancel_free)

    def cancel(self) -> None:
        """Has every call that was given this token stop soon, with a :class:`CancelledError`.

        From any thread.
        """
        lib.cretula_cancel_trigger(self._held())

    @property
    def cancelled(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return bool(lib.cretula_cancel_is_triggered(self._held()))

    def __repr__(self) -> str:
        state = "closed" if self._cdata is None else "cancelled" if self.cancelled else "not cancelled"
        return f"<CancelToken, {state}>"


def native(cancel: Optional[CancelToken]) -> Any:
    """The token as C reads it."""
    if cancel is None:
        return NULL
    if not isinstance(cancel, CancelToken):
        raise TypeError(f"cancel must be a CancelToken, not {type(cancel).__name__}")
    return cancel._held()
