"""The one error of this package: what failed and what the reader can do about it."""


class ToolError(Exception):
    """A tool cannot be had. `cure` is a sentence a person can act on."""

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.cure = cure
