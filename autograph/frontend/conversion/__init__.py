"""From the source of a function to the function that is traced in its place."""
