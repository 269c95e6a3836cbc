"""The ops, one declarative table; importing this package registers them all."""

from autograph.ir.op import affine as affine
from autograph.ir.op import constant as constant
from autograph.ir.op import constant_of as constant_of
from autograph.ir.op import form_value as form_value
from autograph.ops import complex_parts as complex_parts
from autograph.ops import control as control
from autograph.ops import define as define
from autograph.ops import derivative as derivative
from autograph.ops import elementwise as elementwise
from autograph.ops import fourier as fourier
from autograph.ops import generator_state as generator_state
from autograph.ops import library as library
from autograph.ops import linear_algebra as linear_algebra
from autograph.ops import random as random
from autograph.ops import recursion as recursion
from autograph.ops import reduction as reduction
from autograph.ops import routine as routine
from autograph.ops import structure as structure
