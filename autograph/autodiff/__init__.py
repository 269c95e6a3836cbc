"""Differentiation, graph to graph, independent of scheduling."""

from autograph.autodiff.checkpoints import CHUNK as CHUNK
from autograph.autodiff.checkpoints import LONGEST_TAPE as LONGEST_TAPE
from autograph.autodiff.checkpoints import Sizes as Sizes
from autograph.autodiff.derivatives import differentiate as differentiate
from autograph.autodiff.forward import pushforward as pushforward
from autograph.autodiff.reverse import value_and_gradient as value_and_gradient
from autograph.autodiff.split import split as split
