"""What transformations of functions mean while tracing: derivatives, batches, rules of one's own.

Enters: a function that the traced program transforms and calls. Leaves: the nodes that its call
amounts to, in place; derivatives among them are named by nodes that `autodiff` replaces.
"""
