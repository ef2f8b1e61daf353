"""Amounts in Meta's units: nothing is rounded, and nothing is guessed of a currency that Meta does not list."""

from decimal import Decimal

import pytest
from hypothesis import strategies as st

from common.adapters.platforms.meta.money import MOST, UNITS, from_units, in_micros, to_units
from common.domain.money import CURRENCIES, MICROS, budget_step, minor_unit
from tests.property.reach import holds

WHOLE = {"CLP", "COP", "CRC", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"}


def test_every_currency_is_one_of_iso_and_in_whole_units_or_hundredths() -> None:
    assert UNITS.keys() <= CURRENCIES.keys()
    assert {code for code, unit in UNITS.items() if unit == MICROS} == WHOLE
    assert set(UNITS.values()) == {MICROS, MICROS // 100}


def test_meta_and_iso_differ_where_a_currency_has_hundredths_that_meta_has_not_and_the_other_way() -> None:
    coarser = {code for code, unit in UNITS.items() if unit > 10 ** (6 - CURRENCIES[code])}
    assert coarser == {"BHD", "COP", "CRC", "HUF", "IDR", "JOD", "TWD"}


@pytest.mark.parametrize("currency", sorted(UNITS))
def test_what_trimtab_chooses_can_be_held_in_every_currency(currency: str) -> None:
    assert to_units(budget_step(currency), currency) is not None
    assert budget_step(currency) % minor_unit(currency) == 0


@pytest.mark.parametrize(
    ("micros", "currency", "units"),
    [
        (12_340_000, "EUR", 1234),
        (12_345_000, "EUR", None),
        (12_000_000, "JPY", 12),
        (12_340_000, "JPY", None),
        (12_340_000, "TWD", None),
        (99_000_000, "HUF", 99),
        (1_230_000, "JOD", 123),
        (1_234_000, "JOD", None),
        (0, "EUR", 0),
        (MOST * 10_000, "EUR", None),
        (1, "EUR", None),
    ],
)
def test_an_amount_is_held_as_it_is_or_not_at_all(micros: int, currency: str, units: int | None) -> None:
    assert to_units(micros, currency) == units


def test_what_meta_holds_comes_back_as_it_went() -> None:
    amounts = st.tuples(st.sampled_from(sorted(UNITS)), st.integers(0, 2**45), st.booleans())

    def law(case: tuple[str, int, bool]) -> bool:
        currency, number, fits = case
        micros = number * UNITS[currency] if fits else number
        units = to_units(micros, currency)
        assert (units is None) == bool(micros % UNITS[currency])
        assert units is None or from_units(units, currency) == micros
        return units is not None

    holds(amounts, law)


@pytest.mark.parametrize(
    ("said", "micros"),
    [
        ("361.79", 361_790_000),
        ("12", 12_000_000),
        ("0", 0),
        ("0.000001", 1),
        ("1e2", 100_000_000),
        ("-1", None),
        ("NaN", None),
        ("Infinity", None),
        ("", None),
        ("1,234.56", None),
        ("12abc", None),
        ("9" * 400, None),
    ],
)
def test_an_amount_with_decimals_is_a_number_or_nothing(said: str, micros: int | None) -> None:
    assert in_micros(said) == micros
    assert micros is None or Decimal(micros) / MICROS == Decimal(said)
