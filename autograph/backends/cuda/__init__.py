"""The CUDA backend: from the loop form to kernels in CUDA C++, and a host plan that runs them.

Enters: a `LoopFunction`. Leaves: a `CudaModule`; `CudaFunction` runs it on a `Device`.
"""
