"""Releases of ICD-10-CM side by side: the compact files, their list (``releases.toml``), the reader, the commands."""
