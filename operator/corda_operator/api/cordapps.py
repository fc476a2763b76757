"""Applications on a node."""

from typing import Annotated

from pydantic import Field

from corda_operator.api.parts import Part
from corda_operator.api.rules import Matches, Rule, one_of
from corda_operator.api.settings import CordappSettings
from corda_operator.api.texts import HttpsUrl, Image, Sha256


class Cordapp(Part):
    """A CorDapp. Sign its jar with a key of your own: nodes refuse jars signed with Corda's development key."""

    name: Annotated[
        str,
        Field(max_length=63),
        Matches("[a-zA-Z0-9][a-zA-Z0-9._-]*", "use letters, digits, dots, dashes and underscores"),
    ]
    """Name; its settings are in cordapps/config/NAME.conf, so Corda looks for the jar's name without .jar."""
    url: HttpsUrl | None = None
    """Where the jar is fetched from; nothing is sent that would log in."""
    image: Image | None = None
    """Image with jars in its folder /cordapps."""
    sha256: Sha256 | None = None
    """SHA-256 of the jar. Required with url. It picks the jar out of an image that has several."""
    configuration: CordappSettings | None = None
    """The CorDapp's own settings. Not for passwords."""

    rules = (
        one_of("url", "image", "give exactly one of url (with sha256) and image"),
        Rule("!has(self.url) || has(self.sha256)", "give sha256 beside url: what sha256sum prints for the jar"),
        Rule(
            "!has(self.image) || has(self.sha256) || self.image.matches('@sha256:[0-9a-f]{64}$')",
            "pin what runs: end image with @sha256:<its digest>, or give sha256, that of the jar in it",
        ),
    )
