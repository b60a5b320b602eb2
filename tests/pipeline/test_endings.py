"""What ends a program, and when it is heard."""

import signal

import pytest

from pipeline.endings import ENDING, heard_afterwards, until_told


@pytest.mark.parametrize("sent", ENDING)
def test_what_is_begun_when_the_end_is_told_is_known_before_it_is_heard(sent):
    """As a process that is being started: who was interrupted before its number was noted would leave it behind."""
    known = []

    def work():
        with until_told():
            with heard_afterwards():
                signal.raise_signal(sent)
                known.append("begun")
            known.append("went on")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert known == ["begun"]


def test_what_nobody_told_is_not_heard_and_everything_is_as_before():
    before = [signal.getsignal(sent) for sent in ENDING]
    with until_told(), heard_afterwards():
        pass

    assert [signal.getsignal(sent) for sent in ENDING] == before
