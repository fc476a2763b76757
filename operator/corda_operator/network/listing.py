"""What Corda's nodes are shown of a state: the signed network map and the parameters. No I/O."""

import functools

from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.network_map import ParametersUpdate, encode_network_map
from corda_operator.corda.network_parameters import NetworkParameters
from corda_operator.corda.signed import SignedDataWithCert
from corda_operator.network.log.state import State, Update


class InconsistentStateError(RuntimeError):
    """The state's map is not the one that was signed: blocks were altered, or this version reads them differently."""


def network_map(state: State) -> bytes:
    """Return a state's map as Corda serializes it; there must be parameters in force."""
    if state.parameters_hash is None:
        raise ValueError("there is no network map before there are network parameters")
    return encode_network_map(
        map(bytes.fromhex, state.nodes),
        SecureHash.parse(state.parameters_hash),
        _announced(state.update),
    )


def _announced(update: Update | None) -> ParametersUpdate | None:
    if update is None:
        return None
    return ParametersUpdate(SecureHash.parse(update.hash), update.description, update.deadline)


def signed_network_map(state: State) -> bytes | None:
    """Return the map as it's served, or None before there is one; raise InconsistentStateError."""
    if state.signed_map is None or state.trust_root is None:
        return None
    raw = network_map(state)
    if str(SecureHash.of(raw)) != state.signed_map.hash:
        raise InconsistentStateError(
            f"the map after block {state.sequence} has hash {SecureHash.of(raw)}, "
            f"but map {state.signed_map.hash} was signed"
        )
    return SignedDataWithCert(raw, state.trust_root.network_map, state.signed_map.signature).encode()


def in_force(state: State) -> NetworkParameters | None:
    """Return the parameters in force, if there are any yet."""
    return None if state.parameters_hash is None else _read(state.parameters[state.parameters_hash])


def proposed(state: State) -> NetworkParameters | None:
    """Return the parameters that nodes are asked to accept, if there are any."""
    return None if state.update is None else _read(state.parameters[state.update.hash])


@functools.lru_cache(maxsize=8)
def _read(signed: bytes) -> NetworkParameters:
    return NetworkParameters.decode(SignedDataWithCert.decode(signed).raw)
