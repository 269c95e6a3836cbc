"""What stands for run-time values while a function is traced, and what is known of them."""
