"""What a commit message says beside its text: the request that brought it, the branch it came from, who else wrote it.

As git, GitHub, Bitbucket and GitLab write it; every source of commits reads it here.
"""

import re

LONGEST_BODY = 64 * 1024
REQUEST = re.compile(r"\(#(\d+)\)$|^Merge pull request #(\d+) |^Merged in \S+ \(pull request #(\d+)\)")
GITLAB_REQUEST = re.compile(r"^See merge request \S*!(\d+)\s*$", re.MULTILINE)
MERGED_BRANCH = re.compile(r"^Merge pull request #\d+ from [^/\s]+/(\S+)|^Merged in (\S+) |^Merge (?:remote-tracking )?branch '([^']+)'")
CO_AUTHOR = re.compile(r"^co-authored-by:[^<\n]*<([^>\n]+)>", re.IGNORECASE | re.MULTILINE)


def pr_ref_of(repo: str, title: str, body: str) -> str | None:
    """`repo#number` of the pull or merge request that brought the commit, as GitHub, Bitbucket and GitLab write it."""
    match = ("#" in title and REQUEST.search(title)) or ("See merge request" in body and GITLAB_REQUEST.search(body)) or None
    return f"{repo}#{next(filter(None, match.groups()))}" if match else None


def branch_of(title: str) -> str | None:
    """The branch a merge came from, where its title says so."""
    match = MERGED_BRANCH.match(title) if title.startswith("Merge") else None
    return next(filter(None, match.groups())) if match else None


def co_authors_of(body: str) -> tuple[str, ...]:
    """The addresses of `Co-authored-by` lines, in lower case, each once."""
    return tuple(dict.fromkeys(mail.strip().lower() for mail in CO_AUTHOR.findall(body)))
