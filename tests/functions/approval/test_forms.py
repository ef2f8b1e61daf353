"""A form is taken as it was written, and in no other spelling."""

import string

import pytest

from common.ports.identity import Person
from functions.approval.forms import BadForm, Forms

ANA = Person("ana@acme.example", "local", "session-1")
FORMS = Forms(("k" * 32,))


@pytest.mark.parametrize("shown", range(40))
def test_no_last_character_but_its_own_is_taken(shown: int) -> None:
    """Base64 drops bits of the last character: three others would decode to the same signature."""
    form = FORMS.sign(ANA, "decide", shown)
    for last in string.ascii_letters + string.digits + "-_=":
        if last != form[-1]:
            with pytest.raises(BadForm):
                FORMS.read(form[:-1] + last, ANA, "decide")
    assert FORMS.read(form, ANA, "decide") == shown
