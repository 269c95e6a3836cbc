"""Functions of the program that functions of a library call back.

Enters: a call of a library function with functions among its arguments. Leaves: a `library` node
that holds their graphs.
"""
