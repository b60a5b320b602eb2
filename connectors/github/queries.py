"""What the GitHub connector asks GraphQL for, as text: only fields that end in a record, so that a page of 50 costs one point.

Connections inside a node come with `pageInfo`, so that a long one can be read to its end.
"""

import re
from collections.abc import Sequence

_FIRST = re.compile(r"first: (\d+)")
_PAGE_INFO = "pageInfo { hasNextPage endCursor }"
_STATUS = f"{_PAGE_INFO} nodes {{ state createdAt }}"
_REVIEW = f"{_PAGE_INFO} nodes {{ state author {{ __typename login }} }}"
_SUBMITTED = "states: [APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED]"

REVIEWS = f"""
query Reviews($id: ID!, $after: String) {{
  node(id: $id) {{ ... on PullRequest {{ reviews(first: 100, after: $after, {_SUBMITTED}) {{ {_REVIEW} }} }} }}
}}"""

STATUSES = f"""
query Statuses($id: ID!, $after: String) {{
  node(id: $id) {{ ... on Deployment {{ statuses(first: 100, after: $after) {{ {_STATUS} }} }} }}
}}"""

PULL_REQUESTS = f"""
query PullRequests($owner: String!, $name: String!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    pullRequests(first: 50, after: $after, orderBy: {{field: UPDATED_AT, direction: DESC}}) {{
      {_PAGE_INFO}
      nodes {{
        id number title body url createdAt updatedAt mergedAt closedAt headRefName reviewDecision
        author {{ __typename login }}
        mergeCommit {{ oid }}
        reviews(first: 10, {_SUBMITTED}) {{ {_REVIEW} }}
      }}
    }}
  }}
}}"""

_DEPLOYMENT = f"""
id databaseId createdAt updatedAt environment state task commitOid
commit {{ url }}
ref {{ name prefix }}
creator {{ __typename login }}
statuses(first: 10) {{ {_STATUS} }}"""

DEPLOYMENTS = f"""
query Deployments($owner: String!, $name: String!, $after: String, $environments: [String!]) {{
  repository(owner: $owner, name: $name) {{
    deployments(first: 50, after: $after, environments: $environments, orderBy: {{field: CREATED_AT, direction: DESC}}) {{
      {_PAGE_INFO}
      nodes {{ {_DEPLOYMENT} }}
    }}
  }}
}}"""

RELEASES = f"""
query Releases($owner: String!, $name: String!, $after: String) {{
  repository(owner: $owner, name: $name) {{
    releases(first: 100, after: $after, orderBy: {{field: CREATED_AT, direction: DESC}}) {{
      {_PAGE_INFO}
      nodes {{
        databaseId url name tagName isDraft isPrerelease createdAt publishedAt updatedAt
        author {{ __typename login }}
        tagCommit {{ oid }}
      }}
    }}
  }}
}}"""

_NEWS = """
fragment News on Repository {
  isEmpty
  pushedAt
  defaultBranchRef { name target { oid } }
  pullRequests(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { nodes { updatedAt } }
  deployments(first: 1, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { createdAt } }
}"""


def news_query(repositories: Sequence[str]) -> tuple[str, dict[str, str]]:
    """One question about the newest push, pull request and deployment of many repositories, answered as r0, r1, …; and its variables."""
    variables: dict[str, str] = {}
    for number, repository in enumerate(repositories):
        variables[f"owner{number}"], _, variables[f"name{number}"] = repository.partition("/")
    declared = ", ".join(f"${name}: String!" for name in variables)
    asked = " ".join(f"r{number}: repository(owner: $owner{number}, name: $name{number}) {{ ...News }}" for number in range(len(repositories)))
    return f"query News({declared}) {{ {asked} }}{_NEWS}", variables


def again_query(deployments: Sequence[str]) -> tuple[str, dict[str, str]]:
    """One question about deployments by their node ids, answered as d0, d1, …; and its variables."""
    variables = {f"id{number}": node_id for number, node_id in enumerate(deployments)}
    declared = ", ".join(f"${name}: ID!" for name in variables)
    asked = " ".join(f"d{number}: node(id: $id{number}) {{ ...Again }}" for number in range(len(deployments)))
    return f"query Again({declared}) {{ {asked} }} fragment Again on Deployment {{ {_DEPLOYMENT} }}", variables


def whole_page(query: str) -> int:
    """How many items a page of this question has when it is whole."""
    found = _FIRST.search(query)
    return int(found[1]) if found else 1


def sized(query: str, size: int) -> str:
    """The same question with so many items a page."""
    return _FIRST.sub(f"first: {size}", query, count=1)
