import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given

from corda_operator.corda.countries import COUNTRIES
from corda_operator.corda.hashes import SecureHash
from corda_operator.corda.names import InvalidName, LegalName
from tests.unit.corda.golden import golden
from tests.unit.corda.strategies import LEGAL_NAMES

BANK = LegalName("Bank A", "London", "GB")
FULL = LegalName("Notary Zwei", "Zürich", "CH", state="ZH", organisation_unit="Ledger", common_name="Service")
PRINTABLE_STRING, UTF8_STRING = 0x13, 0x0C


@pytest.mark.parametrize(
    "text",
    [
        "O=Bank A, L=London, C=GB",
        "C=GB,O=Bank A,L=London",
        "c=GB;o=Bank A;l=London",
        "O=Bank A+L=London+C=GB",
        '  L="London" , C=GB, O = Bank A  ',
        "O=Bank\\20A, L=Lond\\6Fn, C=GB",
    ],
)
def test_a_name_reads_the_same_in_any_order_and_spelling(text: str) -> None:
    assert LegalName.parse(text) == BANK


# What Java's X500Principal made of these texts, through CordaX500Name.parse of Corda 4.10.
@pytest.mark.parametrize(
    ("text", "locality"),
    [
        ('O=Bank A, L="a, b", C=GB', "a, b"),
        ("O=Bank A, L=a\\, b, C=GB", "a, b"),
        ("O=Bank A, L=a=b, C=GB", "a=b"),
        ("O=Bank A, L=x\\ , C=GB", "x "),
        ("O=Bank A, L=a  b, C=GB", "a  b"),
        ("O=Bank A, L=\\C3\\BCx, C=GB", "üx"),
        ('O=Bank A, L="q\\"q", C=GB', 'q"q'),
    ],
)
def test_quotes_and_escapes_read_as_java_reads_them(text: str, locality: str) -> None:
    assert LegalName.parse(text).locality == locality


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (BANK, "O=Bank A, L=London, C=GB"),
        (FULL, "CN=Service, OU=Ledger, O=Notary Zwei, L=Zürich, ST=ZH, C=CH"),
        (LegalName("Bank A", "a, b", "GB"), 'O=Bank A, L="a, b", C=GB'),
        (LegalName("A=b", ' "', "GB"), 'O="A=b", L=" \\"", C=GB'),
        (LegalName("Bank A", "a  b\\", "GB"), 'O=Bank A, L="a  b\\\\", C=GB'),
        (LegalName("Bank A", "end ", "GB"), 'O=Bank A, L="end ", C=GB'),
    ],
)
def test_a_name_prints_as_corda_prints_it(name: LegalName, text: str) -> None:
    assert str(name) == text


@given(LEGAL_NAMES)
def test_what_is_printed_reads_as_the_same_name(name: LegalName) -> None:
    assert LegalName.parse(str(name)) == name


@given(LEGAL_NAMES)
def test_a_certificate_keeps_a_name(name: LegalName) -> None:
    assert LegalName.from_x509(name.to_x509()) == name
    assert LegalName.from_der(name.to_x509().public_bytes()) == name


def test_a_certificate_has_the_attributes_in_cordas_order_and_only_the_country_printable() -> None:
    subject = FULL.to_x509()

    assert [attribute.rfc4514_attribute_name for attribute in subject] == ["C", "ST", "L", "O", "OU", "CN"]
    der = subject.public_bytes()
    assert der.count(bytes((PRINTABLE_STRING, 2)) + b"CH") == 1
    assert der.count(bytes((UTF8_STRING, 2)) + b"ZH") == 1


def test_names_differ_if_any_letter_does() -> None:
    assert LegalName("Bank a", "London", "GB") != BANK
    assert LegalName("Bank A", "London", "GB", state="X") != BANK


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (("Bank A", "London", "UK"), "ISO 3166-1"),
        (("Bank A", "London", "gb"), "ISO 3166-1"),
        (("Bank A", "London", ""), "C is empty"),
        (("", "London", "GB"), "O is empty"),
        (("Bank A", "", "GB"), "L is empty"),
        (("A1", "London", "GB"), "two letters"),
        (("😀😀", "London", "GB"), "two letters"),
        (("𠀀𠀁", "London", "GB"), "two letters"),
        ((" Bank A", "London", "GB"), "normal form"),
        (("Bank  A", "London", "GB"), "normal form"),
        (("Bank\u00a0A", "London", "GB"), "normal form"),
        (("Bank ﬁ", "London", "GB"), "normal form"),
        (("Foo, Bar", "London", "GB"), "has one of"),
        (("Foo, O=Bar", "London", "GB"), "has one of"),
        (("Foo+Bar", "London", "GB"), "has one of"),
        (('Foo "Bar"', "London", "GB"), "has one of"),
        (("#0c0141", "London", "GB"), "begins with #"),
        (("Bank A", '"London"', "GB"), "in quotes"),
        (("Bank A", "\\London", "GB"), "begins with #"),
        (("Bank A\0", "London", "GB"), "control character"),
        (("Bank A", "Lon\ndon", "GB"), "control character"),
        (("Bank A", "Lon\ud800don", "GB"), "half of a character"),
        (("x" * 128, "London", "GB"), "128 characters"),
        (("Bank A", "y" * 64, "GB"), "64 characters"),
        (("Bank A", "😀" * 32, "GB"), "64 characters"),
        (("Bank A", "London", "GB", "y" * 64), "ST has 64"),
        (("Bank A", "London", "GB", None, "y" * 64), "OU has 64"),
        (("Bank A", "London", "GB", None, None, "y" * 64), "CN has 64"),
        (("Bank A", "London", "GB", None, None, "中" * 22), "CN has 66 bytes"),
    ],
)
def test_what_corda_refuses_or_does_not_keep_is_no_name(name: tuple[str, ...], why: str) -> None:
    with pytest.raises(InvalidName, match=why):
        LegalName(*name)


@pytest.mark.parametrize(
    "name",
    [
        ("x" * 127, "y" * 63, "ZZ", "y" * 63, "y" * 63, "y" * 63),
        ("银行", "上海", "CN"),
        ("bank=a", "'", "DE"),
        ("Ünï", "😀" * 31, "AX"),
        ("Bank A", "中" * 63, "CN", None, None, "中" * 21),
    ],
)
def test_names_at_the_edge_of_cordas_rules_are_names(name: tuple[str, ...]) -> None:
    LegalName(*name)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Bank A", "was expected after 0"),
        ("O=Bank A, L=London", "no C"),
        ("C=GB", "no O and no L"),
        ("O=Bank A, L=London, C=GB, C=FR", "C is there twice"),
        ("O=Bank A, L=London, S=x, ST=y, C=GB", "ST is there twice"),
        ("O=Bank A, L=London, C=GB, STREET=x", "'STREET' is not one"),
        ("O=Bank A, L=London, C=GB,", "was expected after 25"),
        ('O=Bank A, L="London, C=GB', "not closed"),
        ('O=Bank A, L="Lon" don, C=GB', "after the closing quote"),
        ("O=Bank A, L=Lon<don, C=GB", "escaped or quoted"),
        ("O=Bank A, L=a\\zb, C=GB", "a backslash escapes"),
        ("O=Bank A, L=a\\", "a backslash escapes"),
        ("O=Bank A, L=\\FFx, C=GB", "not in UTF-8"),
        ("O=Bank A, L=#0c0141, C=GB", "hexadecimal"),
    ],
)
def test_text_that_is_no_name_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidName, match=why):
        LegalName.parse(text)


def test_certificates_names_with_other_attributes_are_refused() -> None:
    email = x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@example.com")
    again = x509.NameAttribute(NameOID.LOCALITY_NAME, "Paris")

    for extra, why in ((email, "no attribute 1.2.840.113549.1.9.1"), (again, "L is there twice")):
        with pytest.raises(InvalidName, match=why):
            LegalName.from_x509(x509.Name([*BANK.to_x509(), extra]))


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x80\x00\x00", BANK.to_x509().public_bytes() + b"\0", bytes(3000)])
def test_bytes_that_are_no_name_in_der_are_refused(der: bytes) -> None:
    with pytest.raises(InvalidName):
        LegalName.from_der(der)


def test_names_in_other_string_types_are_read() -> None:
    teletex = BANK.to_x509().public_bytes().replace(b"\x0c\x06London", b"\x14\x06Lond\xf6n")

    assert LegalName.from_der(teletex).locality == "Londön"


def test_the_countries_are_javas_and_cordas_unspecified_one() -> None:
    assert len(COUNTRIES) == 250
    assert {"GB", "SS", "ZZ"} <= COUNTRIES
    assert "AN" not in COUNTRIES


def test_the_blob_of_a_name_is_byte_for_byte_cordas() -> None:
    assert FULL.encode() == golden("legal-name")


@pytest.mark.parametrize(
    ("name", "file_hash"),
    [
        ("O=Notary, L=London, C=GB", "777DA369F066FE34BEDE3E6334A1006A4026A02DD76AFA798204BD015C9965DE"),
        ("O=BankA, L=London, C=GB", "4B67199D69D4E8EE3E6FE626CDF0D1114AB0B44F9C3187E741644B035463128D"),
    ],
)
def test_the_hash_of_the_blob_names_node_info_files(name: str, file_hash: str) -> None:
    assert str(SecureHash.of(LegalName.parse(name).encode())) == file_hash


def test_the_doorman_objects_to_organisations_that_nodes_would_take() -> None:
    assert BANK.doorman_objections() == ()
    assert len(LegalName("zürich=$", "Zürich", "CH").doorman_objections()) == 3
