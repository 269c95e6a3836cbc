"""The graph: types, values, nodes, patterns, text form, verifier and reference evaluator."""
