"""What the converted code does with run-time values: the face of this half of the frontend."""

from autograph.frontend.arrays.elementwise import apply_ufunc as apply_ufunc
from autograph.frontend.arrays.indexing import getitem as getitem
from autograph.frontend.arrays.indexing import setitem as setitem
from autograph.frontend.language.attributes import get_attribute as get_attribute
from autograph.frontend.language.attributes import set_part as set_part
from autograph.frontend.language.numpy_calls import call_numpy as call_numpy
from autograph.frontend.language.python_calls import select_number as select_number
from autograph.frontend.numpy_api.operators import binary as binary
from autograph.frontend.numpy_api.operators import compare as compare
from autograph.frontend.numpy_api.operators import inplace as inplace
from autograph.frontend.numpy_api.operators import inplace_of_new as inplace_of_new
from autograph.frontend.numpy_api.operators import length as length
from autograph.frontend.numpy_api.operators import truth as truth
from autograph.frontend.numpy_api.operators import unary as unary
from autograph.frontend.symbols.symbolic import Array as Array
from autograph.frontend.symbols.symbolic import Cell as Cell
from autograph.frontend.symbols.symbolic import Number as Number
from autograph.frontend.symbols.symbolic import Symbolic as Symbolic
from autograph.frontend.symbols.symbolic import is_symbolic as is_symbolic
from autograph.frontend.symbols.symbolic import python_number as python_number
from autograph.frontend.symbols.symbolic import wrap as wrap
