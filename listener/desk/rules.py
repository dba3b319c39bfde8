"""What the configuration says of the desk, put together for those who decide by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from alerts.calendar import ALWAYS, Calendar
from alerts.people import Person, Team
from alerts.tickets.needs import Experts
from alerts.tickets.priority import Weights
from alerts.tickets.routing import looks_after
from alerts.tickets.sla import Policy

if TYPE_CHECKING:
    from listener.config import Config
    from listener.configuration.desk import SlaSettings


class DeskRules(Struct, frozen=True, kw_only=True):
    """How tickets are ranked, given to people and promised; see `[desk]` and `[[sla]]` in docs/configuration.md."""

    weights: Weights = Weights()
    policies: tuple[Policy, ...] = ()
    people: tuple[Person, ...] = ()
    teams: tuple[Team, ...] = ()
    team: str = ""
    team_of_brand: Mapping[str, str] = {}
    assign: bool = True
    notify: tuple[str, ...] = ()
    calendar: Calendar = ALWAYS
    reopen_within: timedelta = timedelta(days=14)
    close_after: timedelta = timedelta(days=4)
    skills: Mapping[str, str] = {}
    experts: Experts = Experts()

    def person(self, named: str) -> Person | None:
        """The person of a name or an address; case makes no difference."""
        return next((one for one in self.people if looks_after(one, named)), None)

    def team_for(self, brand: str) -> Team | None:
        """The team that answers for a brand; None where none is named."""
        name = self.team_of_brand.get(brand, self.team)
        return next((one for one in self.teams if one.name == name), None)

    def candidates(self, brand: str) -> Sequence[Person]:
        """Who can be given the tickets of a brand: its team, in the order in which that names them, else everybody."""
        team = self.team_for(brand)
        if team is None:
            return self.people
        by_name = {one.name: one for one in self.people}
        return [by_name[name] for name in team.people if name in by_name]

    def calendar_of(self, policy: str) -> Calendar:
        """By whose hours the tickets of a policy are counted; "" and one that is no longer there: the desk's own."""
        return next((one.calendar for one in self.policies if one.name == policy), self.calendar)


def desk_rules(config: Config) -> DeskRules:
    """The rules of a configuration."""
    desk = config.desk
    calendars = config.calendars()
    usual = calendars.get(desk.calendar, ALWAYS)
    return DeskRules(
        weights=desk.weights,
        policies=tuple(_policy(one, calendars, usual) for one in config.slas),
        people=config.people,
        teams=config.teams,
        team=desk.team,
        team_of_brand=desk.teams,
        assign=desk.assign,
        notify=desk.notify,
        calendar=usual,
        reopen_within=desk.reopen_within,
        close_after=desk.close_after,
        skills=desk.skills,
        experts=Experts(
            skill=desk.expert_skill,
            tags=desk.expert_tags,
            fields=desk.expert_fields,
            recontacts=desk.recontacts,
        ),
    )


def _policy(settings: SlaSettings, calendars: Mapping[str, Calendar], usual: Calendar) -> Policy:
    return Policy(
        name=settings.name,
        priorities=settings.priorities,
        tiers=settings.tiers,
        brands=settings.brands,
        first_answer=settings.first_answer,
        resolution=settings.resolution,
        warn_before=settings.warn_before,
        calendar=calendars.get(settings.calendar, usual),
        notify=settings.notify,
    )
