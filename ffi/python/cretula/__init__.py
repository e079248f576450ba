"""Image variants and signed URLs: bytes in, variants out.

:func:`render` makes one variant of an image and a :class:`Renderer` makes many; :func:`probe` reads
a header, :func:`place` computes geometry. :mod:`cretula.signing` signs and verifies URLs.
:mod:`cretula.records` validates the identifiers and records of the service. Everything that the
library refuses is an :class:`Error` with a ``kind``, an ``http_status`` and the ``code`` of the
service.
"""

from . import errors as _errors
from . import records, signing
from ._native import ffi as _ffi
from ._native import lib as _lib
from .cancel import CancelToken
from .errors import *
from .image import Info, Placement, Rendered, Renderer, place, probe, render
from .limits import Limits
from .negotiation import Negotiated, negotiate
from .options import OutputOptions, VariantOptions, extension, format_of_extension, media_type

__version__: str = _ffi.string(_lib.cretula_version()).decode()

_abi: int = _lib.cretula_abi_version()
ABI_VERSION: tuple[int, int] = (_abi >> 16, _abi & 0xFFFF)

#: Changes when the same image and options may give other bytes than before: a part of the keys, such as
#: ETags, under which outputs are stored or cached.
RENDERING_VERSION: int = int(_lib.cretula_rendering_version())

__all__ = [
    "ABI_VERSION",
    "CancelToken",
    "Info",
    "Limits",
    "Negotiated",
    "OutputOptions",
    "Placement",
    "RENDERING_VERSION",
    "Rendered",
    "Renderer",
    "VariantOptions",
    "__version__",
    "extension",
    "format_of_extension",
    "media_type",
    "negotiate",
    "place",
    "probe",
    "records",
    "render",
    "signing",
]
__all__ += _errors.__all__
