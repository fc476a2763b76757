import pytest

from local.azure.stub.roles import Grant, Role, permits


@pytest.mark.parametrize(
    ("role", "allowed", "forbidden"),
    [
        (
            Role.SECRETS_USER,
            {"secrets/getSecret/action", "secrets/readMetadata/action"},
            {"secrets/setSecret/action", "secrets/delete", "secrets/purge/action", "keys/read"},
        ),
        (
            Role.SECRETS_OFFICER,
            {"secrets/getSecret/action", "secrets/setSecret/action", "secrets/delete", "secrets/purge/action"},
            {"keys/read", "keys/sign/action"},
        ),
        (
            Role.CRYPTO_USER,
            {"keys/read", "keys/sign/action", "keys/verify/action", "keys/update/action"},
            {"keys/create/action", "keys/delete", "keys/recover/action", "secrets/getSecret/action"},
        ),
        (
            Role.CRYPTO_OFFICER,
            {"keys/read", "keys/sign/action", "keys/create/action", "keys/delete", "keys/purge/action"},
            {"secrets/readMetadata/action"},
        ),
        (
            Role.READER,
            {"keys/read", "secrets/readMetadata/action"},
            {"secrets/getSecret/action", "keys/sign/action", "keys/delete"},
        ),
        (Role.ADMINISTRATOR, {"keys/purge/action", "secrets/getSecret/action", "certificates/read"}, set()),
    ],
)
def test_a_role_allows_its_data_actions_and_no_others(role: Role, allowed: set[str], forbidden: set[str]) -> None:
    grants = [Grant(role, None)]

    assert {action for action in allowed | forbidden if permits(grants, action, "keys/map")} == allowed


def test_a_grant_for_one_object_holds_there_only() -> None:
    grants = [Grant(Role.CRYPTO_USER, "keys/map")]

    assert permits(grants, "keys/sign/action", "keys/map")
    assert permits(grants, "keys/sign/action", "keys/MAP")
    assert not permits(grants, "keys/sign/action", "keys/mapping")
    assert not permits(grants, "keys/read", None)


def test_grants_add_up() -> None:
    grants = [Grant(Role.READER, None), Grant(Role.CRYPTO_USER, "keys/map")]

    assert permits(grants, "keys/read", None)
    assert permits(grants, "keys/sign/action", "keys/map")
    assert not permits([], "keys/read", None)
