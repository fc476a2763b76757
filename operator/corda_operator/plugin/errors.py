"""What goes wrong, as the user is told it."""


class PluginError(Exception):
    """The command can't be done; the message says why and what to do."""


class NotFoundError(PluginError):
    """The API server has no object of that name."""
