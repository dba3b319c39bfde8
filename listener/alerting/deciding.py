"""Decides who is told of which alert, when and in which message; all of it in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from alerts.alert import AlertIntent, ReadMention
from alerts.pipeline.candidate import Candidate, Routed
from alerts.pipeline.cooldown import cooldown_key
from alerts.pipeline.decision import Decision, stopped
from alerts.pipeline.group import Before, group_key
from alerts.pipeline.stages import decide
from alerts.pipeline.throttle import MOST_WAITING
from listener.alerting.candidates import Asked, Judged, candidate_of, events_of, gone, is_news
from listener.alerting.growth import grow
from listener.alerting.messages import MOST_LISTED, Bundle, Postman, Sent, bundles
from listener.alerting.setup import AlertingSetup
from listener.alerting.surroundings import surroundings
from listener.store import Tx, alerts, handling, notices, outbox
from listener.store.growing import Told
from listener.store.notices import Notice, NoticeState
from listener.store.ranks import rank
from rules.reading import Severity


class Alerting:
    """The one that decides. It sends nothing: what is to be told lies in the outbox, what waits in the notices."""

    def __init__(self, setup: AlertingSetup) -> None:
        self.setup = setup

    def take_in(
        self,
        tx: Tx,
        told: Sequence[Told],
        intents: Sequence[AlertIntent],
        new: Mapping[int, ReadMention],
        now: datetime,
    ) -> None:
        """Decides about alerts that mentions have just made or grown. `new`: those mentions by number."""
        if not told:
            return
        by_key = {one.key: one for one in told}
        asked = self._asked(by_key, intents, new, now)
        standing = notices.of_alerts(tx, (one.alert_id for one in told if not one.is_new))  # no other has any
        grown = {one.alert_id for one in told if one.grown}
        news = {place: ask for place, ask in asked.items() if is_news(standing.get(place), ask, place[0] in grown)}
        briefs = alerts.briefs_of_new(told, intents, new)
        briefs |= alerts.briefs(tx, sorted({alert for alert, _ in news if alert not in briefs}))
        candidates = [
            candidate_of(briefs[alert], ask.routed, standing.get((alert, channel)))
            for (alert, channel), ask in news.items()
        ]
        self._tell(Postman(tx, self.setup, now), candidates, standing)
        growing = [one for place, one in standing.items() if place[0] in grown and place not in news and one.is_told]
        notices.put(tx, [later for one in growing if (later := self._will_grow(one, now)) is not None])

    def work_is_due(self, tx: Tx, now: datetime) -> bool:
        """Whether `round` would do anything now."""
        if not notices.anything_due(tx, now):
            return False  # the usual answer, by one short question
        if notices.more_than_room_is_due(tx, now):
            return True
        postman = Postman(tx, self.setup, now)
        return any(postman.has_room(channel, worst) for channel, worst in notices.waiting_for_room(tx, now).items())

    def round(self, tx: Tx, now: datetime, *, waits_are_over: bool = False) -> None:
        """Looks at what is due by now. `waits_are_over`: nobody waits for a group."""
        notices.decide_alone(tx)
        found = notices.due(tx, now)
        if waits_are_over:
            known = {(one.alert_id, one.channel) for one in found}
            waiting = [one for one in notices.waiting_for_others(tx) if self._waits_for_group(one)]
            found += [one for one in waiting if (one.alert_id, one.channel) not in known]
        grow(tx, self.setup, [one for one in found if one.is_told], now)
        again = [one for one in found if one.state in ("waiting", "held")]
        postman = Postman(tx, self.setup, now)
        more: dict[str, int] = {}
        for channel in sorted({one.channel for one in again if one.state == "held"}):
            held, more[channel] = notices.held_for_room(tx, channel, MOST_LISTED)
            again += held  # where a summary is due, what waits for room alone goes with it
        self._look_again(postman, again, more)
        for channel, worst in notices.waiting_for_room(tx, now).items():
            self._fill(postman, channel, worst)

    def _fill(self, postman: Postman, channel: str, worst: Severity) -> None:
        """Gives the channel summaries of what waits for room, the worst first, while there is room."""
        for _ in range(MOST_WAITING):
            if not postman.has_room(channel, worst):
                return
            held, more = notices.held_for_room(postman.tx, channel, MOST_LISTED)
            if not held:
                return
            self._look_again(postman, held, {channel: more})
            worst = held[-1].severity

    def _look_again(self, postman: Postman, again: Sequence[Notice], more: Mapping[str, int]) -> None:
        briefs = alerts.briefs(postman.tx, sorted({one.alert_id for one in again}))
        candidates = [
            candidate_of(briefs[one.alert_id], self._routed_again(one), one, waited=True)
            for one in again
            if one.alert_id in briefs
        ]
        self._tell(postman, candidates, {(one.alert_id, one.channel): one for one in again}, more)
        notices.put(postman.tx, [gone(one) for one in again if one.alert_id not in briefs])

    def _asked(
        self,
        by_key: Mapping[str, Told],
        intents: Sequence[AlertIntent],
        new: Mapping[int, ReadMention],
        now: datetime,
    ) -> dict[tuple[int, str], Asked]:
        found: dict[tuple[int, str], Asked] = {}
        for intent in intents:
            mention = new.get(intent.mention_id)
            if mention is None:
                continue
            for routed in self.setup.routing.choose(intent, mention, now):
                place = (by_key[intent.key].alert_id, routed.channel)
                before = found.get(place)
                if before is None or rank(intent.severity) > rank(before.severity):
                    found[place] = Asked(routed=routed, severity=intent.severity)
        return found

    def _routed_again(self, notice: Notice) -> Routed:
        why = notice.decisions[0].reason if notice.decisions else "named before"
        timing = self.setup.routing.timing(notice.route)
        return Routed(channel=notice.channel, route=notice.route, timing=timing, why=why)

    def _waits_for_group(self, notice: Notice) -> bool:
        return self.setup.routing.timing(notice.route).batch is None

    def _tell(
        self,
        postman: Postman,
        candidates: Sequence[Candidate],
        standing: Mapping[tuple[int, str], Notice],
        more: Mapping[str, int] = {},
    ) -> None:
        tx, now = postman.tx, postman.now
        judged = self._judge(tx, candidates, standing, now)
        kept = [self._kept_back(one, stop, now) for one in judged if (stop := stopped(one.decisions)) is not None]
        ready = [one for one in judged if stopped(one.decisions) is None]
        by_place = {one.candidate.place: one for one in ready}
        together = bundles([(one.candidate, one.before) for one in ready], more)
        for bundle, sent in zip(together, postman.post(together), strict=True):
            kept += self._bundled(postman, bundle, sent, by_place)
        notices.put(tx, kept)
        handling.record(tx, events_of(kept, standing, now))

    def _judge(
        self,
        tx: Tx,
        candidates: Sequence[Candidate],
        standing: Mapping[tuple[int, str], Notice],
        now: datetime,
    ) -> list[Judged]:
        if not candidates:
            return []
        about_spikes = any(one.kind == "spike" for one in candidates)
        around = surroundings(tx, self.setup, now, about_spikes=about_spikes)
        groups = {one.place: (one.channel, group_key(one)) for one in candidates}
        coolings = {one.place: (one.channel, cooldown_key(one, self.setup.cooldowns)) for one in candidates}
        together = [groups[one.place] for one in candidates if one.routed.timing.group_by != ("story",)]
        told = notices.last_told(tx, "group_key", together, now)  # of a story's own group nobody asks
        due = notices.groups_due(tx) if together else {}
        cooled = notices.last_told(tx, "cooldown_key", coolings.values(), now)
        found = []
        for one in sorted(candidates, key=lambda each: (-rank(each.severity), each.alert_id)):
            cooling = coolings[one.place]
            place = groups[one.place]
            before = Before(group=told.get(place), group_due=due.get(place), cooldown=cooled.get(cooling))
            decisions = decide(one, around, self.setup.channel(one.channel), before)
            found.append(Judged(candidate=one, decisions=decisions, before=standing.get(one.place)))
            if cooling[1] and not one.waited and stopped(decisions) is None:
                cooled = {**cooled, cooling: now}  # of several that a rule brings at once, the worst is told
        return found

    def _kept_back(self, one: Judged, stop: Decision, now: datetime) -> Notice:
        states: dict[str, NoticeState] = {"waits": "waiting", "held": "held", "muted": "muted"}
        state = states[stop.verdict]
        due = None if stop.verdict == "muted" else stop.until
        before = one.before
        still = one.candidate.waited and before is not None and (before.state, before.stage) == (state, stop.stage)
        since = before.decided_at if still and before is not None else None  # a digest tells of it once, when it began
        return self._notice(one, state, stop, due, since or now)

    def _bundled(
        self, postman: Postman, bundle: Bundle, sent: Sent, judged: Mapping[tuple[int, str], Judged]
    ) -> list[Notice]:
        """How the alerts of a bundle stand after it was given to the postman; those that he did not take are held."""
        found = []
        for place, candidate in enumerate(bundle.candidates):
            last = sent.decisions_of(place)
            one = judged[candidate.place]
            one = replace(one, decisions=(*one.decisions, *last))
            stop = stopped(last)
            if stop is not None:
                found.append(self._kept_back(one, stop, postman.now))
                continue
            repeat = candidate.routed.timing.repeat
            told = self._notice(one, sent.state, last[-1], postman.now + repeat if repeat else None, postman.now)
            found.append(replace(told, delivery_id=sent.delivery_id, told_at=postman.now))
            if one.before is not None and one.before.delivery_id is not None:
                outbox.replace_untried(postman.tx, one.before.delivery_id)
        return found

    def _notice(self, one: Judged, state: NoticeState, last: Decision, due: datetime | None, now: datetime) -> Notice:
        candidate = one.candidate
        before = one.before or Notice(
            alert_id=candidate.alert_id, channel=candidate.channel, severity=candidate.severity, state=state
        )
        return replace(
            before,
            severity=candidate.severity,
            state=state,
            stage=last.stage,
            reason=last.reason,
            decisions=one.decisions,
            route=candidate.routed.route,
            group_key=group_key(candidate),
            cooldown_key=cooldown_key(candidate, self.setup.cooldowns),
            due_at=due,
            decided_at=now,
        )

    def _will_grow(self, notice: Notice, now: datetime) -> Notice | None:
        """When a message is to show that its alert has grown; None where that is settled already."""
        at = max(now, (notice.shown_at or now) + self.setup.interval(notice.channel, notice.route))
        if notice.due_at is not None and notice.due_at <= at:
            return None
        return replace(notice, due_at=at)
