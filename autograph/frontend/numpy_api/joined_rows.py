"""Functions that join arrays, given a list of them or one array that has them as its items."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograph.frontend.numpy_api import numpy_shape
from autograph.frontend.numpy_api.defined import defined
from autograph.frontend.numpy_api.definitions import joining, shaping
from autograph.frontend.symbols.symbolic import Array

Handler = Callable[..., Any]


def _either(of_list: Handler, of_array: Handler) -> Handler:
    """Return the handler that goes by how the arrays are given."""

    @wraps(of_list)
    def handler(arrays: Any, *args: Any, **kwargs: Any) -> Any:
        one = isinstance(arrays, Array | np.ndarray)
        return (of_array if one else of_list)(arrays, *args, **kwargs)

    return handler


CALLS: dict[Any, Handler] = {
    np.concatenate: _either(numpy_shape.concatenate, defined(joining.concatenate)),
    np.stack: _either(numpy_shape.stack, defined(joining.stack)),
    np.vstack: _either(numpy_shape.vstack, defined(joining.vstack)),
    np.hstack: _either(numpy_shape.hstack, defined(joining.hstack)),
    np.column_stack: _either(numpy_shape.column_stack, defined(joining.column_stack)),
    np.dstack: _either(defined(shaping.dstack), defined(joining.dstack)),
}
