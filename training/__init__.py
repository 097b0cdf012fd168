"""The workshop: measuring, and later training; nothing that serves imports it."""
