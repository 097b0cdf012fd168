"""The HTTP service: routes that parse, call one function that knows no HTTP, and answer."""
