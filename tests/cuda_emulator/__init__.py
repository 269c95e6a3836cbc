"""Stand-ins for a CUDA device: one that checks launches, one that runs the kernels on the CPU."""
