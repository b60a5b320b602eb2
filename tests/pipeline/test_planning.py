"""What a prompt says of rows that landed before a form of secrets was known."""

import json

import pytest
from sqlalchemy import select, update

from pipeline.connections import connection
from pipeline.planning import drafts
from warehouse.schema import near_miss_hits

# One secret of each kind of form, in the sentence that gives it away; the letters that must not come out.
SAID = {
    "a token of GitHub": ("use ghp_wrenandmagpieandwagtail00", "magpie"),
    "a key of a cloud": ("AKIA2BRAMBLEHEDGE7Q was used", "BRAMBLE"),
    "a word before it": ("the old password=thistle7down", "thistle"),
    "a flag": ("ran deploy --token gorseandbroom5", "gorse"),
    "an address with a login": ("from https://ci:sorrel8dock@git.example/x", "sorrel"),
    "an address with a signature": ("see https://files.example/x?sig=yarrow9clover", "yarrow"),
    "a header": ("Authorization: Bearer Yarrow8CloverVetch", "Clover"),
    "a web token": ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ3cmVuIn0.tansyandteasel", "tansy"),
    "a hook": ("https://hooks.slack.com/services/T0/B0/meadowsweetandsorrel", "meadow"),
    "a private key": ("-----BEGIN PRIVATE KEY-----\nbindweedandcampion\n-----END PRIVATE KEY-----", "bindweed"),
    "a key of npm": ("npm_cowslipandoxlipandfoxgloveandvetch0", "oxlip"),
    "a password of a command": ("mysql -u root -pharebell7", "harebell"),
}


@pytest.mark.parametrize("form", SAID)
def test_no_known_form_of_a_secret_comes_out_of_the_rows_of_an_earlier_version(found, form):
    sentence, letters = SAID[form]
    with found.open() as store:
        with store.writing() as connected:
            key, evidence = connected.execute(select(near_miss_hits.c.key, near_miss_hits.c.evidence)).first()
            told = {**(json.loads(evidence) if isinstance(evidence, str) else evidence), "environment": f"went back: {sentence}"}
            connected.execute(update(near_miss_hits).where(near_miss_hits.c.key == key).values(evidence=told))
        said = list(drafts(found.settings, store, connection))
    assert any("went back: " in body for _, body, _ in said)
    assert not [text for title, body, _ in said for text in (title, body) if letters in text]
