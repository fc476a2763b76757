"""Corda's serialisation: a subset of AMQP 1.0 in an envelope that carries its own schema.

What lies here knows types of Corda only by their names and properties; what they mean is said by the
payload modules beside this package. Nothing here trusts its input: see `Limits` and `DecodeError`.
"""

from corda_operator.corda.amqp.errors import DecodeError
from corda_operator.corda.amqp.limits import Limits

__all__ = ["DecodeError", "Limits"]
