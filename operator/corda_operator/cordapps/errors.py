"""What can go wrong with a CorDapp: a person has to correct the spec, or the place that the jar comes from."""


class CordappError(Exception):
    """The message names the CorDapp, what was expected and what was found."""
