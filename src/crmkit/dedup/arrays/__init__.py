"""Many records at once: the modules of this package that work on arrays."""
