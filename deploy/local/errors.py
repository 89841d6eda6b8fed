"""What went wrong in the local room, in words a person can act on."""


class StackError(Exception):
    """Something of the stack failed. `cure` says what to do; `details` are log lines."""

    def __init__(self, message: str, cure: str = "", details: str = "") -> None:
        super().__init__(message)
        self.cure = cure
        self.details = details
