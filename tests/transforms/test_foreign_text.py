"""Text from outside, made harmless."""

import pytest

from transforms.words.foreign_text import links, web_link


@pytest.mark.parametrize(
    ("url", "is_linked"),
    [
        ("https://pagerduty.com/incidents/Q1", True),
        ("https://acme.pagerduty.com/incidents/Q1", True),
        ("http://acme.pagerduty.com/incidents/Q1", False),
        ("https://evilpagerduty.com/incidents/Q1", False),
        ("https://pagerduty.com.evil.example/", False),
        ("https://pagerduty.com@evil.example/", False),
        ("https://evil.example/pagerduty.com", False),
    ],
)
def test_an_address_is_a_link_on_a_named_host_or_below_it_and_by_https_alone(url, is_linked):
    assert links([url], ("pagerduty.com", "")) == [url] * is_linked


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://tracker.example/1?a=b#c", True),
        ("http://tracker.example", True),
        ("javascript:alert(1)", False),
        ("JAVASCRIPT:alert(1)", False),
        ("data:text/html,x", False),
        ("//evil.example", False),
        ("https:///nohost", False),
        ("https://user:word@evil.example", False),
        ("https://[bad", False),
        ("https://a.example/\n", False),
        ("https://a.example\\@evil.example", False),
        ("https://a.example/\u202ex", False),
        ("", False),
        (None, False),
    ],
)
def test_only_plain_web_addresses_are_links(url, is_safe):
    assert web_link(url) == (url if is_safe else None)
