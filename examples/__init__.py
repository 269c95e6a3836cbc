"""NumPy programs as scientists write them, compiled and differentiated as they stand."""
