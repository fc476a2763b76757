"""The one error that bytes from elsewhere can cause."""


class DecodeError(ValueError):
    """Bytes that are not what they should be; whoever sent them has to send others.

    ``offset`` counts bytes from the start of the blob that was being decoded, its header included.
    """

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(f"{reason}, at byte {offset}")
        self.reason = reason
        self.offset = offset

    def moved(self, by: int) -> "DecodeError":
        """Return the same error for bytes that begin ``by`` bytes further into the blob."""
        return DecodeError(self.reason, self.offset + by)
