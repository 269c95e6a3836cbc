"""Speed of the example programs; importing this package limits the process to one thread.

The limits must stand before NumPy, numba and JAX are loaded, hence here.
"""

import os

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
}

for name, value in ONE_THREAD.items():
    os.environ.setdefault(name, value)
