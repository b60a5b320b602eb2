"""Hits that tell one story: the same service close in time, the same trigger, or services tied by an incident, a change, one person's hands."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from transforms.near_misses.hits import Hit
from transforms.policy import Policy

SAME_HANDS = timedelta(minutes=30)  # two pages one person acknowledged this close together are one piece of work

Story = tuple[Hit, ...]


def stories(hits: Iterable[Hit], policy: Policy) -> list[Story]:
    """The hits as stories, each in order of its triggers; no hit is in two."""
    ordered = sorted(hits, key=_by_recovery)
    chains = [chain for _, of_service in groupby(ordered, key=lambda hit: hit.service) for chain in _chains(of_service, policy)]
    return sorted((tuple(sorted(story, key=_by_trigger)) for story in _tied(chains, policy)), key=lambda story: _by_trigger(story[0]))


def _by_recovery(hit: Hit) -> tuple[object, ...]:
    return hit.service, hit.ended_at, hit.started_at, hit.key


def _by_trigger(hit: Hit) -> tuple[object, ...]:
    return hit.started_at, hit.trigger_id, hit.trigger_source, hit.ended_at, hit.key


def _chains(hits: Iterable[Hit], policy: Policy) -> Iterator[list[Hit]]:
    """One service's hits (in order of recovery), cut where the gap is too long or the chain has grown too old."""
    gap, longest = timedelta(hours=policy.group_gap_hours), timedelta(hours=policy.group_max_hours)
    chain: list[Hit] = []
    for hit in hits:
        if chain:
            began, ended = chain[0].started_at, chain[-1].ended_at
            is_near = hit.ended_at - ended <= gap or began - gap <= hit.started_at <= ended + gap
            if not is_near or not hit.service or hit.ended_at - chain[0].ended_at > longest:  # no service is not one service
                yield chain
                chain = []
        chain.append(hit)
    if chain:
        yield chain


def _tied(chains: Sequence[list[Hit]], policy: Policy) -> list[list[Hit]]:
    """Chains joined where they share a trigger, an incident or a change, or one person acknowledged pages of both at nearly the same time."""
    joined = list(range(len(chains)))

    def root(number: int) -> int:
        while joined[number] != number:
            joined[number] = joined[joined[number]]
            number = joined[number]
        return number

    for one, other in _ties(chains, timedelta(hours=policy.group_max_hours)):
        joined[max(root(one), root(other))] = min(root(one), root(other))
    members: dict[int, list[Hit]] = defaultdict(list)
    for number, chain in enumerate(chains):
        members[root(number)].extend(chain)
    return list(members.values())


def _ties(chains: Sequence[list[Hit]], longest: timedelta) -> Iterator[tuple[int, int]]:
    """Pairs of chains that belong together."""
    tied: dict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
    for number, chain in enumerate(chains):
        for hit in chain:
            tied["trigger", f"{hit.trigger_source} {hit.trigger_id}"].append((hit.ended_at, number))
            for kind, mark in (("incident", hit.incident_id), ("change", hit.change_id)):
                if mark:
                    tied[kind, mark].append((hit.ended_at, number))
            if hit.acknowledged_by and hit.acknowledged_at:
                tied["hands", hit.acknowledged_by].append((hit.acknowledged_at, number))
    limits = {"hands": SAME_HANDS, "trigger": timedelta.max}
    for (kind, _), marked in tied.items():
        yield from ((one[1], other[1]) for one, other in pairwise(sorted(marked)) if other[0] - one[0] <= limits.get(kind, longest))
