"""The functions of NumPy, and the operators that are made of them."""
