"""Phone numbers as people write and paste them, in one way.

Read by the library phonenumbers (Google's libphonenumber). A number of the mainland is written as
there: a mobile bare, `13800001234`; a landline with its area code, `010-12345678`, and with its
extension, `010-12345678-123`; a service number `4001234567`. Any other is international,
`+85261234567`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from mall.kernel.seen_text import as_seen

MAX_WRITTEN = 40
"""With blanks, brackets, country code and extension."""
_HOME = "CN"
_HOME_CODE = 86
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
"""Every range that the regulator may give out: the library lags behind new ones."""
_EXTENSION = re.compile(r"(.*[0-9]{7,8})(?:-|转|#|,|x|ext\.?)([0-9]{1,6})", re.ASCII | re.I)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－", "-"))


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number that can be called. `written` is the one way to write it."""

    written: str
    is_mainland: bool


def read_phone(text: str) -> PhoneNumber | None:
    """The number that somebody wrote; None when it is none."""
    plain = _plain(text)
    if not plain or len(plain) > MAX_WRITTEN:
        return None
    main, extension = plain, ""
    split = _EXTENSION.fullmatch(plain)
    if split and _parsed(plain) is None:
        main, extension = split[1], split[2]
    number = _parsed(main)
    if number is None:
        return None
    if number.country_code != _HOME_CODE:
        written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        return PhoneNumber(written, is_mainland=False)
    national = phonenumbers.national_significant_number(number)
    if _MOBILE.fullmatch(national):
        return None if extension else PhoneNumber(national, is_mainland=True)
    written = _landline(number, national) + (f"-{extension}" if extension else "")
    return PhoneNumber(written, is_mainland=True)


def canonical(text: str) -> str:
    """The one way to write a number; what can't be read stays, without blanks and brackets."""
    number = read_phone(text)
    return number.written if number else re.sub(r"[\s()-]", "", _plain(text))


def _plain(text: str) -> str:
    narrow = unicodedata.normalize("NFKC", as_seen(text)).translate(_DASHES)
    return re.sub(r"[\s()]", "", narrow)


def _parsed(text: str) -> phonenumbers.PhoneNumber | None:
    """A number that there may be. Letters are no number: the library takes them for keys."""
    if re.search(r"[A-Za-z]", text):
        return None
    if text.startswith("86") and _MOBILE.fullmatch(text[2:]):
        text = f"+{text}"
    try:
        number = phonenumbers.parse(text, _HOME)
    except NumberParseException:
        return None
    national = phonenumbers.national_significant_number(number)
    is_new_mobile = number.country_code == _HOME_CODE and _MOBILE.fullmatch(national)
    return number if is_new_mobile or phonenumbers.is_valid_number(number) else None


def _landline(number: phonenumbers.PhoneNumber, national: str) -> str:
    if phonenumbers.number_type(number) != PhoneNumberType.FIXED_LINE:
        return national
    area = phonenumbers.length_of_geographical_area_code(number)
    return f"0{national[:area]}-{national[area:]}" if area else f"0{national}"
