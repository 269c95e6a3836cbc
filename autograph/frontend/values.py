"""What the converted code does with run-time values: the face of this half of the frontend."""

from autograph.frontend.attributes import get_attribute as get_attribute
from autograph.frontend.attributes import set_part as set_part
from autograph.frontend.elementwise import apply_ufunc as apply_ufunc
from autograph.frontend.indexing import getitem as getitem
from autograph.frontend.indexing import setitem as setitem
from autograph.frontend.numpy_calls import call_numpy as call_numpy
from autograph.frontend.operators import binary as binary
from autograph.frontend.operators import compare as compare
from autograph.frontend.operators import inplace as inplace
from autograph.frontend.operators import inplace_of_new as inplace_of_new
from autograph.frontend.operators import length as length
from autograph.frontend.operators import truth as truth
from autograph.frontend.operators import unary as unary
from autograph.frontend.python_calls import select_number as select_number
from autograph.frontend.symbolic import Array as Array
from autograph.frontend.symbolic import Cell as Cell
from autograph.frontend.symbolic import Number as Number
from autograph.frontend.symbolic import Symbolic as Symbolic
from autograph.frontend.symbolic import is_symbolic as is_symbolic
from autograph.frontend.symbolic import python_number as python_number
from autograph.frontend.symbolic import wrap as wrap
