"""Conditions asked of many customers at once: the modules of this package that work on arrays."""
