"""Every parameter of the definitions (docs/definitions.md) with its default: the `[policy]` table of soundings.toml."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

# A vendor's word for a severity or priority -> rank, 1 the most severe. An unmapped word is reported, never guessed.
SEVERITY = MappingProxyType({f"{word}{rank}": rank for word in ("SEV", "SEV-", "P", "") for rank in range(1, 6)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Thresholds and windows. All are judgements unless docs/definitions.md names a measured source."""

    # On call (definitions: oncall)
    reset_gap_hours: float = 24  # a free time shorter than this does not end a stretch
    watch_days: float = 3  # local wall-clock days, "more than"
    flag_days: float = 5  # "more than"
    long_days: float = 7  # "or more"
    count_secondary: Literal["paged_only", "always", "never"] = "paged_only"
    drop_desk_only: bool = True  # working-hours duty is not a stretch
    min_nights: int = 0  # a stretch with fewer nights is not flagged (follow-the-sun teams may set 1)
    structural_share: float = 0.70  # share of a schedule's own shifts longer than flag_days
    short_rest_hours: float = 11
    busy_incidents: int = 2  # more than this in any 12 hours makes a stretch loaded

    # Near misses (definitions: near misses)
    deploy_window_hours: float = 24
    deploy_max_hours: float = 72
    revert_window_days: float = 7
    config_window_hours: float = 24
    self_resolved_minutes: float = 30
    transient_minutes: float = 15
    flapping_per_day: int = 3
    flapping_per_week: int = 5
    group_gap_hours: float = 6
    group_max_hours: float = 48
    prompt_confidence: float = 0.60
    prompt_confidence_high_stakes: float = 0.45
    list_confidence: float = 0.30
    severity: Mapping[str, int] = field(default_factory=lambda: SEVERITY)

    # Prompts and reviews (definitions: reviews)
    rest_hours: float = 24  # no conversation earlier than this after the end
    open_after_hours: float = 12  # no ticket earlier than this after the end
    age_gate_days: float = 14  # no ticket for what was older than this when first seen
    cooldown_days: float = 14
    silence_days: float = 180  # after people said not to be asked about this kind of event again
    rotation_quiet_days: float = 90  # after a rotation was asked about, or its stretches were said to be right as they are
    budget_team_week: int = 3
    budget_rest_team_week: int = 1  # of rotations and stretches, beside those
    budget_organisation_week: int = 15
    first_run_cap: int = 20
    let_go_days: float = 30
    wait_unknown_minutes: float = 10  # after a send with no clear answer, nobody sends again before this

    # Report
    min_group: int = 5  # no group of people smaller than this is named
