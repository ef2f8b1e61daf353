"""Amounts, shares and days as a tenant's locale writes them."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from common.domain.errors import Fault, InvalidInput
from common.domain.money import MICROS


class Numbers:
    """Writes for one tenant.

    Raises:
        InvalidInput: there is no such locale.
    """

    def __init__(self, locale: str, currency: str, time_zone: str) -> None:
        from babel import Locale, UnknownLocaleError

        try:
            self.locale = Locale.parse(locale)
        except UnknownLocaleError as error:
            what = f"{locale} is not a locale of CLDR, such as es_ES or en_GB"
            raise InvalidInput("the tenant", [Fault("locale", what)]) from error
        self.currency, self.zone = currency, ZoneInfo(time_zone)

    def money(self, micros: int) -> str:
        """`1.234,56 €`"""
        return self.units(Decimal(micros) / MICROS)

    def units(self, amount: Decimal | float) -> str:
        """The same of an amount in currency units."""
        from babel.numbers import format_currency

        return format_currency(amount, self.currency, locale=self.locale)

    def whole(self, micros: int) -> str:
        """Without the minor unit: `1.235 €`."""
        return self._whole(Decimal(micros) / MICROS)

    def signed(self, micros: int) -> str:
        """With its sign, also where that is a plus; a difference of nothing has none."""
        return f"+{self.money(micros)}" if micros > 0 else self.money(micros)

    def compact(self, micros: float) -> str:
        """As short as an axis needs it: `12K €`."""
        from babel.numbers import format_compact_currency

        digits = 0 if abs(micros) >= 10_000 * MICROS or not micros % (1000 * MICROS) else 1
        return format_compact_currency(
            Decimal(round(micros)) / MICROS, self.currency, locale=self.locale, fraction_digits=digits
        )

    def number(self, value: float, digits: int = 2) -> str:
        """`3,42`"""
        from babel.numbers import format_decimal

        return format_decimal(value, format=f"#,##0.{'0' * digits}" if digits else "#,##0", locale=self.locale)

    def percent(self, percent: float) -> str:
        """Of a percentage; a tenth where it is small: `12 %`, `0,4 %`."""
        from babel.numbers import format_percent

        pattern = "#,##0.#%" if abs(percent) < 10 else "#,##0%"
        return format_percent(percent / 100, format=self._placed(pattern), locale=self.locale)

    def signed_percent(self, percent: float) -> str:
        """With its sign."""
        said = self.percent(percent)
        return f"+{said}" if percent > 0 else said

    def day(self, day: date) -> str:
        """`4 may 2026`"""
        from babel.dates import format_date

        return format_date(day, format="medium", locale=self.locale)

    def short_day(self, day: date) -> str:
        """Without the year: `4 may`."""
        from babel.dates import format_skeleton

        return format_skeleton("MMMd", datetime(day.year, day.month, day.day, tzinfo=self.zone), locale=self.locale)

    def long_day(self, day: date) -> str:
        """With the day of the week: `Lunes, 4 de mayo de 2026`."""
        from babel.dates import format_date

        said = format_date(day, format="full", locale=self.locale)
        return f"{said[:1].upper()}{said[1:]}"

    def when(self, at: datetime) -> str:
        """A moment on the tenant's clock: `4 may 2026, 11:00`."""
        return f"{self.day(at.astimezone(self.zone).date())}, {self.time(at)}"

    def time(self, at: datetime) -> str:
        """The time of day: `11:00`."""
        from babel.dates import format_time

        return format_time(at, format="short", tzinfo=self.zone, locale=self.locale)

    @cached_property
    def _whole(self) -> Callable[[Decimal], str]:
        from babel.numbers import format_currency, parse_pattern

        pattern: Any = parse_pattern(self.locale.currency_formats["standard"].pattern)
        pattern.frac_prec = (0, 0)
        return lambda amount: format_currency(
            amount, self.currency, format=pattern, locale=self.locale, currency_digits=False
        )

    def _placed(self, pattern: str) -> str:
        """A pattern of percent with its sign where the locale puts it."""
        usual = self.locale.percent_formats[None].pattern
        return f"{pattern[:-1]}\u00a0%" if "\u00a0%" in usual else pattern
