"""PagerDuty's names of time zones, as IANA names. Users and old schedules may carry a Rails name (ActiveSupport::TimeZone)."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

_RAILS = {
    "American Samoa": "Pacific/Pago_Pago",
    "Hawaii": "Pacific/Honolulu",
    "Alaska": "America/Juneau",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Tijuana": "America/Tijuana",
    "Arizona": "America/Phoenix",
    "Mountain Time (US & Canada)": "America/Denver",
    "Central Time (US & Canada)": "America/Chicago",
    "Mexico City": "America/Mexico_City",
    "Saskatchewan": "America/Regina",
    "Bogota": "America/Bogota",
    "Lima": "America/Lima",
    "Eastern Time (US & Canada)": "America/New_York",
    "Indiana (East)": "America/Indiana/Indianapolis",
    "Atlantic Time (Canada)": "America/Halifax",
    "Santiago": "America/Santiago",
    "Newfoundland": "America/St_Johns",
    "Brasilia": "America/Sao_Paulo",
    "Buenos Aires": "America/Argentina/Buenos_Aires",
    "Edinburgh": "Europe/London",
    "London": "Europe/London",
    "Dublin": "Europe/Dublin",
    "Lisbon": "Europe/Lisbon",
    "Amsterdam": "Europe/Amsterdam",
    "Berlin": "Europe/Berlin",
    "Bern": "Europe/Zurich",
    "Brussels": "Europe/Brussels",
    "Copenhagen": "Europe/Copenhagen",
    "Madrid": "Europe/Madrid",
    "Paris": "Europe/Paris",
    "Prague": "Europe/Prague",
    "Rome": "Europe/Rome",
    "Stockholm": "Europe/Stockholm",
    "Vienna": "Europe/Vienna",
    "Warsaw": "Europe/Warsaw",
    "Athens": "Europe/Athens",
    "Bucharest": "Europe/Bucharest",
    "Helsinki": "Europe/Helsinki",
    "Kyiv": "Europe/Kiev",
    "Jerusalem": "Asia/Jerusalem",
    "Cairo": "Africa/Cairo",
    "Pretoria": "Africa/Johannesburg",
    "Nairobi": "Africa/Nairobi",
    "Istanbul": "Europe/Istanbul",
    "Moscow": "Europe/Moscow",
    "Abu Dhabi": "Asia/Dubai",
    "Islamabad": "Asia/Karachi",
    "Karachi": "Asia/Karachi",
    "Chennai": "Asia/Kolkata",
    "Kolkata": "Asia/Kolkata",
    "Mumbai": "Asia/Kolkata",
    "New Delhi": "Asia/Kolkata",
    "Dhaka": "Asia/Dhaka",
    "Bangkok": "Asia/Bangkok",
    "Hanoi": "Asia/Bangkok",
    "Jakarta": "Asia/Jakarta",
    "Beijing": "Asia/Shanghai",
    "Hong Kong": "Asia/Hong_Kong",
    "Perth": "Australia/Perth",
    "Singapore": "Asia/Singapore",
    "Taipei": "Asia/Taipei",
    "Osaka": "Asia/Tokyo",
    "Tokyo": "Asia/Tokyo",
    "Seoul": "Asia/Seoul",
    "Adelaide": "Australia/Adelaide",
    "Brisbane": "Australia/Brisbane",
    "Canberra": "Australia/Melbourne",
    "Melbourne": "Australia/Melbourne",
    "Sydney": "Australia/Sydney",
    "Auckland": "Pacific/Auckland",
    "Wellington": "Pacific/Auckland",
}


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_of(name: Any) -> str | None:
    """The IANA name of a zone, None for one that neither list has, or that is no name."""
    if not isinstance(name, str):
        return None
    return name if name in _known() else _RAILS.get(name)
