"""The story told to whoever keeps such things: a folder of git repositories, GitHub, PagerDuty, a calendar, and a folder of records."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from demo.calendar import mobile_rotation
from demo.organisation import AS_OF, CONFIGURATION, SERVICES, TEAMS, repository_of, team_of
from demo.repository import Repository
from demo.story import Alert, Change, Rollout, Setting, Story, local
from demo.vendors.github_state import State
from demo.vendors.pagerduty import PagerDuty

MINUTE = timedelta(minutes=1)


@dataclass
class World:
    """Harbour as its tools know it. `pulls` and `shas` give what a named change became."""

    folder: Path
    github: State = field(default_factory=lambda: State(now=lambda: AS_OF))
    pagerduty: PagerDuty = field(default_factory=PagerDuty)
    calendar: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    pulls: dict[str, int] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    commits: dict[str, int] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    deployments: dict[tuple[str, str], str] = field(default_factory=dict)
    versions: dict[tuple[str, str], str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    paged: dict[str, str] = field(default_factory=dict)


def told(story: Story, folder: Path) -> World:
    """The world after the story. The folder must be empty; `repositories` and `records` are made below it."""
    world = World(folder)
    for name in (*map(repository_of, SERVICES), CONFIGURATION):
        world.repositories[name] = Repository(name, folder / "repositories")
        world.github.add_repository(name)
    facts: list[Change | Setting | Rollout] = [*story.changes, *story.settings, *story.rollouts]
    for fact in sorted((fact for fact in facts if fact.at < AS_OF), key=lambda fact: fact.at):
        match fact:
            case Change():
                _merge(world, fact)
            case Setting():
                _set(world, fact)
            case Rollout():
                _deploy(world, fact)
    _rotations(world)
    for alert in sorted((alert for alert in story.alerts if alert.at < AS_OF), key=lambda alert: alert.at):
        _page(world, alert)
    world.calendar = mobile_rotation()
    _records(world)
    for repository in world.repositories.values():
        repository.close()
    return world


def _merge(world: World, change: Change) -> None:
    """A pull request, reviewed by a colleague and squashed onto main."""
    name = repository_of(change.service)
    repository, number = world.repositories[name], world.github.repositories[name].next_number()
    path = f"src/{(change.undoes or change.name).replace('undo ', '') or f'part{number % 9}'}.py"
    undone = world.commits[change.undoes] if change.undoes else 0
    title = f'Revert "{world.titles[change.undoes]}"' if undone else f"{change.title} (#{number})"
    text = world.before[change.undoes] if undone else f"# {title}\n"
    world.before[change.name], world.titles[change.name] = repository.files.get(path, ""), title
    reason = _reason(world, change, repository, undone)
    world.commits[change.name] = repository.commit(change.at, change.author, f"{title}\n\n{reason}\n", {path: text})
    people = (team_of(change.service) or TEAMS[1]).people
    reviewer = people[(people.index(change.author) + 1) % len(people)] if change.author in people else people[0]
    world.pulls[change.name] = world.github.add_pull(
        name,
        title,
        change.at - 90 * MINUTE,
        login=change.author,
        merged_at=change.at,
        merge_sha=repository.sha(repository.newest),
        reviews=[(reviewer, "APPROVED")],
        body=reason,
    )


def _reason(world: World, change: Change, repository: Repository, undone: int) -> str:
    """The body of the commit: what it is part of, or how it says that it undoes another one."""
    match change.how:
        case "id":
            return f"This reverts commit {repository.sha(undone)}.\n\nReason for revert: sessions were lost on the second node."
        case "short id":
            return f"This reverts commit {repository.sha(undone)[:7]} ({world.titles[change.undoes]}, {change.at:%Y-%m-%d})."
        case "pull":
            return f"Reverts {repository.name}#{world.pulls[change.undoes]}"
        case "title":
            return "Totals differ from the ones accounting has."
    return f"Part of the {change.service} work of this week."


def _set(world: World, setting: Setting) -> None:
    """A value written into deploy-config, which is how it gets applied."""
    repository = world.repositories[CONFIGURATION]
    path = f"services/{setting.service}/{setting.environment}.yaml"
    values = dict(line.split(": ", 1) for line in repository.files.get(path, "").splitlines()) | {setting.key: setting.value}
    text = "".join(f"{key}: {value}\n" for key, value in sorted(values.items()))
    repository.commit(setting.at, setting.author, setting.title, {path: text})


def _deploy(world: World, rollout: Rollout) -> None:
    """A deployment at GitHub, made by the pipeline's own account, finished four minutes later."""
    name = repository_of(rollout.service)
    repository = world.repositories[name]
    if not repository.newest:
        repository.commit(rollout.at - 20 * MINUTE, "anke", f"Begin {rollout.service}", {"README": f"{rollout.service}\n"})
    built_from = world.versions.setdefault((rollout.service, rollout.version), repository.sha(repository.newest))
    number = world.github.add_deployment(
        name,
        rollout.environment,
        built_from,
        rollout.at - 4 * MINUTE,
        [("IN_PROGRESS", rollout.at - 3 * MINUTE), (rollout.status.upper(), rollout.at)],
        login="harbour-deploy[bot]",
        tag=rollout.version,
    )
    world.deployments[rollout.service, rollout.at.isoformat()] = f"{name}/deployments/{number}"


def _rotations(world: World) -> None:
    """Payments hands over each Monday, platform every third day, search every day on a new schedule; mobile keeps a calendar."""
    account = world.pagerduty
    for team in TEAMS[:3]:
        world.people |= {person: account.add_user(person.title(), team.zone) for person in team.people}
    for team, first, days in zip(
        TEAMS[:3], (local("Europe/Berlin", 8, 3, 9), local("America/New_York", 8, 3, 9), local("Asia/Kolkata", 8, 3, 9)), (7, 3, 1), strict=True
    ):
        members = [world.people[person] for person in team.people]
        rota = account.add_schedule(f"{team.name} primary", team.zone, members, first, days=days, is_new=team.name == "search")
        account.add_policy(team.name, rota)
        if team.name == "platform":
            _cover(world, rota)
    for service in SERVICES:
        world.paged[service] = account.add_service(service)


def _cover(world: World, rota: str) -> None:
    """A cover that makes a long stretch, and a swap that keeps another from becoming one."""
    york = "America/New_York"
    account, people = world.pagerduty, world.people
    turn = account.rotas[rota].rendered(local(york, 9, 10, 12), local(york, 9, 10, 13), is_whole=True)[0][0]
    account.add_override(rota, turn[2], turn[1], turn[1] + timedelta(days=4, hours=6))
    other = account.rotas[rota].rendered(local(york, 10, 12, 12), local(york, 10, 12, 13), is_whole=True)[0][0]
    account.add_override(rota, people["keiko"], other[1] - timedelta(hours=12), other[1] + timedelta(days=1))
    account.add_override(rota, other[2], other[1] + timedelta(days=1), other[1] + timedelta(days=3))


def _on_call(world: World, alert: Alert) -> str:
    """Whoever the team's schedule has at that time; the story's own person where PagerDuty keeps no schedule for the service."""
    team = team_of(alert.service)
    rota = next((rota for rota in world.pagerduty.rotas.values() if team and rota.name == f"{team.name} primary"), None)
    return rota.rendered(alert.at, alert.at + MINUTE, is_whole=True)[0][0][2] if rota else alert.by


def _page(world: World, alert: Alert) -> None:
    """An incident at PagerDuty with its log entries."""
    who = _on_call(world, alert)
    script: list[tuple[object, ...]] = [(0, "notify", who, "push")]
    if alert.priority:
        script.append((1, "priority", who, alert.priority))
    if alert.acknowledged is not None:
        script.append((alert.acknowledged, "acknowledge", who))
    script += [(alert.acknowledged or 5, "acknowledge", world.people[person]) for person in alert.joined_by]
    script.append((alert.resolved, "resolve", None if alert.is_self_resolved else who))
    world.pagerduty.add_incident(world.paged[alert.service], alert.at, alert.title, script, alert_key=alert.key)


def _records(world: World) -> None:
    """What people wrote down after talking, kept as JSON lines because no tool has it."""
    reviews = [
        {
            "native_id": "conversation-1",
            "service": "gateway",
            "subject_kind": "deploy",
            "subject_id": world.deployments["gateway", local("America/New_York", 10, 6, 11).isoformat()],
            "level": "R2",
            "disposition": "useful near miss",
            "held_at": local("America/New_York", 10, 9, 14).isoformat(),
            "non_responders": 2,
            "learning": "Gateway reads its limits only when it starts, which two of us did not know.",
        },
        {
            "native_id": "review-1",
            "service": "identity",
            "subject_kind": "page",
            "subject_id": next(incident["id"] for incident in world.pagerduty.incidents if incident["priority"]),
            "level": "R3",
            "held_at": local("America/New_York", 10, 14, 15).isoformat(),
            "non_responders": 4,
            "learning": "Three of us had three different pictures of where a session lives.",
        },
        {
            "native_id": "conversation-2",
            "service": "payments",
            "subject_kind": "config_change",
            "subject_id": _change_id(world, "payments", "timeout_ms", local("Europe/Berlin", 10, 14, 9)),
            "level": "R2",
            "disposition": "useful near miss",
            "held_at": local("Europe/Berlin", 10, 28, 11).isoformat(),
            "non_responders": 1,
            "learning": "The bank answers more slowly on the fourteenth of each month. Someone in accounting knew; we did not.",
        },
    ]
    folder = world.folder / "records"
    folder.mkdir()
    (folder / "reviews.jsonl").write_text("".join(json.dumps(review) + "\n" for review in reviews), encoding="utf-8")


def _change_id(world: World, service: str, key: str, at: datetime) -> str:
    repository = world.repositories[CONFIGURATION]
    return f"{CONFIGURATION}@{repository.sha_at(at)}:services/{service}/production.yaml#{key}"
