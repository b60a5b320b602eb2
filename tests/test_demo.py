from demo.__main__ import _plain
from transforms.report.letter import link, quoted


def test_what_the_letter_escapes_is_printed_as_it_is_called():
    letter = f"- **{quoted('a_b*c|d')}**: {quoted('<rate_limit> & [x] of @team, http://a.example')}. {link('see the event', 'https://a.example/c_1')}"

    assert _plain(letter) == "- a_b*c|d: <rate_limit> & [x] of @team, http://a.example. see the event: https://a.example/c_1"
