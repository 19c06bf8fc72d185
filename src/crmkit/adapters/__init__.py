"""Real implementations of the ports, and readers and writers of files.

``memory`` is the reference; ``sql`` keeps everything in a data base, SQLite by
default; ``files`` reads and writes CSV, JSON lines and Parquet; ``notify`` sends.
Import the module you need: each brings only its own dependencies.
"""
