"""Arrays: subscripts, elementwise operations, and Python's own numbers beside them."""
