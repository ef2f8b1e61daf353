"""A journal that keeps what was written."""


class Lines:
    """Keeps lines in order."""

    def __init__(self) -> None:
        self.written: list[tuple[str, dict[str, object]]] = []

    def write(self, event: str, **fields: object) -> None:
        """As the port says."""
        self.written.append((event, fields))

    def of(self, event: str) -> list[dict[str, object]]:
        """The fields of every line of one kind."""
        return [fields for name, fields in self.written if name == event]
