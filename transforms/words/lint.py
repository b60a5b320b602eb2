"""What text we write never says, as a linter (docs/definitions.md, wording rules). Quoted evidence inside a fence is not ours."""

import re
import unicodedata
from collections.abc import Iterator

MOST_WORDS = 250

_PHRASES = {
    "asks for one cause": r"root[ -]?causes?|rcas?|(?:five|5)[ -]?whys?|post[ -]?mortems?|who caused|caused by @",
    "finds somebody at fault": r"blam\w*|culprits?|guilt\w*|offend(?:er|ing)\w*|(?:at|\w+'s|your|my|his|her|our|their) fault|fault of",
    "gives somebody an event": r"responsible for",
    "judges people": r"(?:human|operator|user) errors?|mistakes? (?:made )?by|careless\w*|negligen\w*|violat\w*|overdue",
    "says what might have been": r"(?:should(?:n't| not)?|could(?:n't| not)) have|could have(?! taught us something this week\b)|(?:should|could)'ve",
    "says what was not done": r"fail(?:s|ed|ing|ure)? to|forg[eo]t(?:s|ten|ting)? to",
    "counts days without": r"days since (?:the )?last (?:incident|outage)",
    "praises speed": r"well done|(?:good|great|nice) (?:job|work)|fast(?:er|est)? response|quickly (?:fixed|resolved)",
    "asks why somebody did": r"why did",
    "ranks": r"best(?!-)|worst|(?<!on )top(?!-)|(?<!at )most(?! recent|-)",
}
_BANNED = {reason: re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) for reason, words in _PHRASES.items()}
_EMOJI = re.compile("[✅❌❎✔✖⛔⚠🔥🚨🚫💥🎉🏆🥇👍👎🔴🟠🟡🟢🟥🟧🟨🟩😀-🙏]")
_ACTS = r"(?:deployed|merged|pushed|reverted|released|shipped|broke|changed|committed|caused|acknowledged|acked|rolled back|restarted|silenced)"
_NOBODY = (
    r"(?:It|This|That|These|Those|They|We|You|Who|What|Which|Somebody|Someone|Nobody|Anyone|People|Automation|Something|Nothing|Everything"
    r"|One|Two|Several|Many|Some|Both|Another|Each|Every|Any|No|The|An?|When|Where|Recently|Newly|Changes?|Versions?|Values?)\b"
)
_NAME = rf"(?:@[\w-]+|(?!{_NOBODY})[A-Z][a-z]+(?: [A-Z][a-z]+)?)"
_PERSON_ACTS = re.compile(rf"(?<!\w){_NAME} {_ACTS}\b|\b{_ACTS} by (?:@[\w-]+|[A-Z][a-z]+)")
_DASHES = re.compile("[‐-―−_]")
_HIDDEN = re.compile(r"<!--.*?-->", re.DOTALL)
_LINK_TARGET = re.compile(r"\]\([^)\s]*\)|<https?://[^>\s]*>")


def flaws(text: str, most_words: int | None = MOST_WORDS) -> list[str]:
    """What is wrong with a text of ours, one sentence a flaw; empty when nothing is."""
    ours = _plain(outside_evidence(text))
    found = [f'"{match.group(0)}" {reason}' for reason, pattern in _BANNED.items() for match in pattern.finditer(ours)]
    found += [f'"{match.group(0)}" makes a person the subject' for match in _PERSON_ACTS.finditer(ours)]
    found += [f'"{sentence.strip()}" states what would have been' for sentence in _sentences(ours) if _is_counterfactual(sentence)]
    if "!" in ours:
        found.append("an exclamation mark")
    found += [f"the sign {match.group(0)} is a verdict" for match in _EMOJI.finditer(ours)]
    words = sum(any(letter.isalnum() for letter in word) for word in ours.split())
    if most_words is not None and words > most_words:
        found.append(f"{words} words outside the evidence, at most {most_words}")
    return found


def outside_evidence(text: str) -> str:
    """The text without what stands in code fences: the lines of evidence, which are quoted."""
    kept: list[str] = []
    fence = ""
    for line in text.splitlines():
        run = re.match(r" {0,3}(`{3,}|~{3,})(.*)", line)
        if fence:
            closes = run and run[1].startswith(fence) and not run[2].strip()
            fence = "" if closes else fence
        elif run and not (run[1][0] == "`" and "`" in run[2]):
            fence = run[1]
        else:
            kept.append(line)
    return "\n".join(kept)


def _plain(text: str) -> str:
    """Letters as they are read: no hidden comments, link targets, invisible characters or emphasis; one kind of dash, quote and space."""
    text = unicodedata.normalize("NFKC", _LINK_TARGET.sub("]", _HIDDEN.sub("", text)))
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    text = _DASHES.sub("-", text.replace("’", "'")).replace("*", "").replace("`", "")
    return re.sub(r"[^\S\n]+", " ", re.sub(r"(?<=\S)[^\S\n]*\n(?=[^\s-])", " ", text))


def _sentences(text: str) -> Iterator[str]:
    yield from re.findall(r"[^.?\n]+[.?]?", text)


def _is_counterfactual(sentence: str) -> bool:
    return not sentence.endswith("?") and re.search(r"\bwould(?:n't| not)? have\b", sentence, re.IGNORECASE) is not None
