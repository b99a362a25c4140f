"""Check characters of national codes, vectorised. Pure numpy and Arrow: no Great Expectations, nothing of `pipelines`."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100: no I O S V Z."""
_LENGTH = 18
_WEIGHTS = np.array([pow(3, i, 31) for i in range(_LENGTH - 1)], dtype=np.int64)


def _values() -> NDArray[np.int64]:
    table = np.full(128, -1, dtype=np.int64)
    for value, character in enumerate(USCC_ALPHABET):
        table[ord(character)] = value
    return table


_VALUE_OF = _values()


def valid_uscc(codes: pa.LargeStringArray) -> NDArray[np.bool_]:
    """Which texts are valid unified social credit codes: c18 = A[(31 − Σ cᵢ·3^(i−1) mod 31) mod 31] (GB 32100, domain.md
    §2.5; the outer mod matters where the sum is a multiple of 31). A null is none."""
    fit = pc.and_(pc.equal(pc.binary_length(codes), _LENGTH), pc.string_is_ascii(codes)).fill_null(False)
    chosen = pc.filter(codes, fit)
    valid: NDArray[np.bool_] = fit.to_numpy(zero_copy_only=False)
    if not len(chosen):
        return valid
    _, offsets, text = chosen.buffers()
    first = np.frombuffer(offsets, dtype=np.int64)[chosen.offset]
    letters = np.frombuffer(text, dtype=np.uint8)[first : first + len(chosen) * _LENGTH].reshape(-1, _LENGTH)
    values = _VALUE_OF[letters]
    check = (31 - (values[:, :-1] * _WEIGHTS).sum(axis=1) % 31) % 31
    valid[valid] = (values >= 0).all(axis=1) & (values[:, -1] == check)
    return valid
