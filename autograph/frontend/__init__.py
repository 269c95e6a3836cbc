"""The frontend: from a plain Python function on NumPy arrays to a graph.

Enters: a function and example arguments. Leaves: an entry graph, where its params come from, how to
make the return value, and what was taken as known.
"""

from autograph.frontend.callbacks.calls import Lost as Lost
from autograph.frontend.callbacks.calls import library_object as library_object
from autograph.frontend.callbacks.calls import on_host as on_host
from autograph.frontend.callbacks.calls import on_host_as_tried as on_host_as_tried
from autograph.frontend.callbacks.functions import DOUBLE as DOUBLE
from autograph.frontend.callbacks.functions import EITHER as EITHER
from autograph.frontend.callbacks.functions import FLOAT as FLOAT
from autograph.frontend.callbacks.functions import INTEGER as INTEGER
from autograph.frontend.callbacks.functions import LONG as LONG
from autograph.frontend.callbacks.functions import NUMBER as NUMBER
from autograph.frontend.callbacks.functions import RETURNED as RETURNED
from autograph.frontend.callbacks.functions import called_as as called_as
from autograph.frontend.callbacks.functions import parameter_count as parameter_count
from autograph.frontend.callbacks.functions import shaped as shaped
from autograph.frontend.conversion.convert import convert as convert
from autograph.frontend.conversion.convert import converted_source as converted_source
from autograph.frontend.conversion.convert import is_converted as is_converted
from autograph.frontend.numpy_api.callbacks import calls_back as calls_back
from autograph.frontend.numpy_api.defined import defined as defined
from autograph.frontend.output_templates import Choice as Choice
from autograph.frontend.output_templates import Fresh as Fresh
from autograph.frontend.output_templates import Given as Given
from autograph.frontend.output_templates import Instance as Instance
from autograph.frontend.output_templates import Items as Items
from autograph.frontend.output_templates import Known as Known
from autograph.frontend.output_templates import Mapped as Mapped
from autograph.frontend.output_templates import Output as Output
from autograph.frontend.output_templates import Scalar as Scalar
from autograph.frontend.output_templates import Shared as Shared
from autograph.frontend.output_templates import Viewed as Viewed
from autograph.frontend.parameters import Parameters as Parameters
from autograph.frontend.symbols.decisions import DYNAMIC as DYNAMIC
from autograph.frontend.symbols.decisions import STATIC as STATIC
from autograph.frontend.symbols.decisions import STRETCH as STRETCH
from autograph.frontend.symbols.decisions import Decisions as Decisions
from autograph.frontend.symbols.frames import UsersFrames as UsersFrames
from autograph.frontend.symbols.inputs import Argument as Argument
from autograph.frontend.symbols.inputs import Input as Input
from autograph.frontend.symbols.inputs import Names as Names
from autograph.frontend.symbols.inputs import Room as Room
from autograph.frontend.symbols.inputs import Source as Source
from autograph.frontend.symbols.inputs import parameter as parameter
from autograph.frontend.symbols.inputs import plain_function as plain_function
from autograph.frontend.symbols.staged import STAGED as STAGED
from autograph.frontend.symbols.staged import Transform as Transform
from autograph.frontend.symbols.staged import Transformed as Transformed
from autograph.frontend.symbols.staged import staged as staged
from autograph.frontend.trace import Traced as Traced
from autograph.frontend.trace import refuse_guard as refuse_guard
from autograph.frontend.trace import trace as trace
from autograph.frontend.tracing.heap import is_object as is_object
from autograph.frontend.tracing.outside_kinds import is_number as is_number
from autograph.frontend.tracing.premises import IsEqual as IsEqual
from autograph.frontend.tracing.premises import Premise as Premise
from autograph.frontend.tracing.shared_memory import HasLayout as HasLayout
from autograph.frontend.transforms import batching as batching
from autograph.frontend.transforms import closures as closures
from autograph.frontend.transforms import definitions as definitions
from autograph.frontend.transforms import directions as directions
from autograph.frontend.transforms import gradients as gradients
from autograph.frontend.transforms import jacobians as jacobians
from autograph.frontend.transforms import rules as rules
