"""Pure: accepted rows of a month → inputs of every ranking unit and the city's figures."""

from .compute import compute

__all__ = ["compute"]
