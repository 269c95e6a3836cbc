"""NumPy functions in terms of others: plain Python, traced into the programs that call them."""
