"""Cancellation of calls from another thread."""

from __future__ import annotations

from typing import Any, Optional

from ._call import NULL
from ._handle import Handle
from ._native import lib


class CancelToken(Handle):
    """A cancellation token: calling :meth:`cancel` on one thread stops work on another.

    Any number of calls and threads may share a token. Cancelling is permanent.
    """

    __slots__ = ()

    def __init__(self) -> None:
        self._own(lib.cretula_cancel_token_new(), lib.cretula_cancel_token_free)

    def cancel(self) -> None:
        """Stops all calls that use this token: they raise :class:`CancelledError`. May be called on
        any thread.
        
        """
        lib.cretula_cancel_token_cancel(self._held())

    @property
    def cancelled(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return bool(lib.cretula_cancel_token_is_cancelled(self._held()))

    def __repr__(self) -> str:
        state = "closed" if self._cdata is None else "cancelled" if self.cancelled else "not cancelled"
        return f"<CancelToken, {state}>"


def native(cancel: Optional[CancelToken]) -> Any:
    """The token for C."""
    if cancel is None:
        return NULL
    if not isinstance(cancel, CancelToken):
        raise TypeError(f"cancel must be a CancelToken, not {type(cancel).__name__}")
    return cancel._held()
