"""Countries, as a buyer chooses one."""

from licensing import tax
from portal import countries
from portal.privacy import authorities


def test_every_country_that_has_a_rate_or_an_authority_can_be_chosen() -> None:
    assert set(tax.load()) | authorities.COUNTRIES_OF_THE_AREA <= countries.CODES
    assert len(authorities.authorities("en")) == len(authorities.COUNTRIES_OF_THE_AREA) + 1


def test_unions_and_what_is_no_country_cannot() -> None:
    assert not countries.CODES & {"EU", "UN", "ZZ", "150", "XA"}


def test_they_stand_where_a_reader_looks_for_them() -> None:
    spanish = list(countries.names("es").values())
    assert spanish.index("Austria") < spanish.index("Bélgica") < spanish.index("Brasil")
    assert list(countries.names("en")).index("AX") < list(countries.names("en")).index("AL")


def test_a_language_names_them_and_changes_none() -> None:
    assert set(countries.names("es")) == countries.CODES
    assert countries.names("es")["DE"] == "Alemania"
