"""The command ``chartlight``."""


def main(argv: list[str] | None = None) -> int:
    """Placeholder until the doors stand."""
    return 0
