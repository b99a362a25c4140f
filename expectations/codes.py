"""Check characters of national codes, vectorised. Pure numpy: no Great Expectations, nothing of `pipelines`."""

import numpy as np
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


def valid_uscc(codes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Which texts are valid unified social credit codes: c18 = A[(31 − Σ cᵢ·3^(i−1) mod 31) mod 31] (GB 32100, domain.md
    §2.5; the outer mod matters where the sum is a multiple of 31)."""
    valid = np.zeros(len(codes), dtype=bool)
    fit = [i for i, code in enumerate(codes) if isinstance(code, str) and len(code) == _LENGTH and code.isascii()]
    if not fit:
        return valid
    letters = np.frombuffer("".join(codes[i] for i in fit).encode("ascii"), dtype=np.uint8).reshape(-1, _LENGTH)
    values = _VALUE_OF[letters]
    check = (31 - (values[:, :-1] * _WEIGHTS).sum(axis=1) % 31) % 31
    valid[fit] = (values >= 0).all(axis=1) & (values[:, -1] == check)
    return valid
