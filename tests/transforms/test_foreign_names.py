from hypothesis import given
from hypothesis import strategies as st

from transforms.words.foreign_names import setting, tame


@given(st.text(max_size=300))
def test_a_name_from_outside_carries_no_mark_up_and_notifies_nobody(text):
    assert not set(tame(text, "a name") + setting(text)) & set("@<>[]`*\n|!#")
    assert len(setting(text)) <= 125
