/**
 * All deliveries of an endpoint through an outage and the drain behind it, in virtual time: they are made, wait in the
 * order in which they are due, start when the lane lets them, and what follows is asked of the real decider; the
 * endpoint's health is weighed by the real rules after each attempt. Pure: chance is an even sequence, the same for
 * every run. Much traffic is computed in groups, so that the work is bounded whatever the numbers.
 */
import type { Scenario } from "../../core/simulations/scenario.ts";
import { collectHealthFacts } from "../retry/collect-health-facts.ts";
import { decideHealth, type EndpointHealth, UNTRIED } from "../retry/decide-health.ts";
import type { Decision } from "../retry/decide-next.ts";
import type { SimulatedRules } from "./simulated-rules.ts";
import { SimulatedLane } from "./simulated-lane.ts";
import { TimeHeap } from "./time-heap.ts";
import type { Traffic } from "./traffic.ts";

export interface CrowdResult {
  readonly made: number;
  readonly missed: number;
  readonly exhausted: readonly { readonly count: number; readonly madeMs: number; readonly endedMs: number }[];
  readonly warnedAt: Date | null;
  readonly stopped: {
    readonly status: "paused" | "disabled";
    readonly reason: "failing" | "gone";
    readonly atMs: number;
    readonly cancelled: number;
  } | null;
  readonly waitingAtEnd: number;
  readonly overdueAtEnd: number;
  /** Null where it took longer than was computed. */
  readonly drainedMs: number | null;
  /** Null where that did, or where more comes than goes. */
  readonly caughtUpMs: number | null;
}

interface Group {
  readonly count: number;
  /** When it is due, or when its attempt ends. */
  readonly atMs: number;
  readonly turn: number;
  readonly madeMs: number;
  readonly attempts: number;
  readonly deferrals: number;
  /** Made before the outage was over. */
  readonly counts: boolean;
  /** Of an attempt under way. */
  readonly failed: boolean;
}

/** A tenth of a second of work; what is computed in groups stays far below. */
const STEPS_MAX = 60_000;
/** Of the outage, and of what drains behind it: no attempts are computed as one that are more. */
const PARTS = 2_000;
/** The fractional part of its multiples is spread as evenly as can be. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

export class Crowd {
  readonly #rules: SimulatedRules;
  readonly #lane: SimulatedLane;
  readonly #traffic: Traffic;
  readonly #waiting = new TimeHeap<Group>();
  readonly #flights = new TimeHeap<Group>();
  readonly #exhausted: { count: number; madeMs: number; endedMs: number }[] = [];
  #turn = 0;
  #chance = 0;
  #status: "active" | "paused" | "disabled";
  #health: EndpointHealth;
  #warnedAt: Date | null = null;
  #stopped: CrowdResult["stopped"] = null;
  #made = 0;
  #missed = 0;
  #remaining = 0;
  /** Groups that have not ended and count: their deliveries are no whole numbers. */
  #open = 0;
  #lastEndMs = -Infinity;

  constructor(rules: SimulatedRules, scenario: Scenario, traffic: Traffic) {
    this.#rules = rules;
    this.#lane = new SimulatedLane(rules);
    this.#traffic = traffic;
    this.#status = scenario.status;
    this.#health = { ...UNTRIED, ...scenario.health };
    for (const { count, dueAt, madeAt, ...tries } of scenario.waiting) {
      this.#add({ ...tries, count, atMs: dueAt.getTime(), madeMs: madeAt.getTime(), counts: true });
    }
  }

  run(): CrowdResult {
    const { endMs, startMs } = this.#rules;
    let atEnd: { waiting: number; overdue: number } | null = null;
    let caughtUpMs: number | null = null;
    let nowMs = startMs;
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      const nextMs = this.#nextMs(nowMs);
      if (atEnd === null && nextMs >= endMs) {
        atEnd = this.#countAtEnd();
        nowMs = Math.max(nowMs, endMs);
      }
      if (atEnd !== null && caughtUpMs === null && (this.#waiting.first?.atMs ?? Infinity) > nowMs) caughtUpMs = nowMs;
      if (atEnd !== null && this.#open === 0) break;
      nowMs = Math.max(nowMs, nextMs);
      this.#step(nowMs);
    }
    const drained = atEnd !== null && this.#open === 0;
    return {
      made: this.#made,
      missed: this.#missed,
      exhausted: this.#exhausted,
      warnedAt: this.#warnedAt,
      stopped: this.#stopped,
      waitingAtEnd: atEnd?.waiting ?? this.#remaining,
      overdueAtEnd: atEnd?.overdue ?? 0,
      caughtUpMs: drained ? (caughtUpMs ?? this.#catchesUpAt(nowMs)) : null,
      drainedMs: drained ? Math.max(endMs, this.#lastEndMs) : null,
    };
  }

  /** All that is left is new and is accepted: what waits of it goes at the capacity, less what comes. */
  #catchesUpAt(nowMs: number): number | null {
    if (this.#traffic.exceeds) return null;
    const waiting = this.#waiting.items.reduce((sum, { count }) => sum + count, 0);
    return nowMs + (waiting * 1000) / this.#traffic.sparePerSecond;
  }

  /** Of an end, a start and a new delivery the first; Infinity when nothing is left to come. */
  #nextMs(nowMs: number): number {
    return Math.min(this.#flights.first?.atMs ?? Infinity, this.#traffic.nextMs, Math.max(nowMs, this.#startMs()));
  }

  #startMs(): number {
    const { first } = this.#waiting;
    if (first === undefined) return Infinity;
    const at = this.#lane.startsAt(first.count, first.atMs);
    return this.#status === "paused" ? Math.max(at, this.#resumeMs()) : at;
  }

  /** Its owner resumes it when the receiver is back. */
  #resumeMs(): number {
    return Math.max(this.#rules.endMs, this.#stopped?.atMs ?? 0);
  }

  /** One thing of this time: ends before new deliveries before starts. */
  #step(nowMs: number): void {
    if ((this.#flights.first?.atMs ?? Infinity) <= nowMs) this.#end();
    else if (this.#traffic.nextMs <= nowMs) this.#make();
    else this.#start(nowMs);
  }

  #make(): void {
    const { atMs, count } = this.#traffic.take();
    const counts = atMs < this.#rules.endMs;
    if (this.#status !== "disabled") this.#add({ count, atMs, madeMs: atMs, attempts: 0, deferrals: 0, counts });
    else if (counts) this.#missed += count;
  }

  #add(group: Omit<Group, "turn" | "failed">): void {
    if (group.counts) {
      this.#made += group.count;
      this.#remaining += group.count;
      this.#open += 1;
    }
    this.#waiting.push({ ...group, turn: this.#turn++, failed: false });
  }

  #start(nowMs: number): void {
    const group = this.#waiting.shift();
    if (group === undefined) return;
    if (this.#status === "paused") {
      this.#status = "active";
      this.#health = UNTRIED;
    }
    const { endMs, failedMs, answerMs } = this.#rules;
    const failed = nowMs < endMs;
    const eachMs = failed ? failedMs : answerMs;
    const count = this.#lane.fits(group.count, this.#mostAtOnce(failed, eachMs));
    if (count < group.count) this.#leave({ ...group, count: group.count - count });
    const atMs = this.#lane.start(count, nowMs, eachMs);
    this.#flights.push({ ...group, count, atMs, failed });
  }

  /** A slow receiver would be at one group for hours, in which nothing is decided. */
  #mostAtOnce(failed: boolean, eachMs: number): number {
    const { startMs, endMs } = this.#rules;
    const shareMs = (endMs - startMs) / PARTS;
    return failed ? this.#lane.within(shareMs, eachMs) : Math.max(this.#rules.maxInFlight, this.#made / PARTS);
  }

  /** What of a group does not start with the rest. */
  #leave(group: Group): void {
    if (group.counts) this.#open += 1;
    this.#waiting.push(group);
  }

  #end(): void {
    const group = this.#flights.shift();
    if (group === undefined) return;
    const { count, failed, attempts, deferrals, atMs } = group;
    this.#lane.end(count);
    this.#chance = (this.#chance + GOLDEN) % 1;
    const attempt = { failed, attempts, deferrals, endedMs: atMs, random: this.#chance };
    const decision = this.#rules.decide({ ...attempt, endpoint: this.#status });
    if ("parkEndpointUntil" in decision) this.#lane.park(decision.parkEndpointUntil.getTime());
    if ("at" in decision) {
      const { at, attempts: spent, deferrals: deferred } = decision;
      this.#waiting.push({ ...group, atMs: at.getTime(), attempts: spent, deferrals: deferred, failed: false });
    } else {
      if (decision.kind === "give_up" && group.counts)
        this.#exhausted.push({ count, madeMs: group.madeMs, endedMs: atMs });
      this.#finish(group, atMs);
    }
    this.#weigh(group, decision);
  }

  #finish({ counts, count }: Group, atMs: number): void {
    if (!counts) return;
    this.#remaining -= count;
    this.#open -= 1;
    this.#lastEndMs = Math.max(this.#lastEndMs, atMs);
  }

  /** A group is as many tries as it has deliveries. */
  #weigh({ atMs, failed, count }: Group, decision: Decision): void {
    const endedAt = new Date(atMs);
    const failureClass = failed ? this.#rules.failureClass : null;
    const entry = { source: "publish", class: failureClass, decision: decision.kind, endedAt } as const;
    const facts = collectHealthFacts([entry]);
    if (decision.disable !== null) this.#stop("disabled", decision.disable, atMs);
    if (facts === null) return;
    const { failures } = facts;
    const grouped =
      failures === null
        ? null
        : { ...failures, tries: failures.tries * count, deliveries: failures.deliveries * count };
    const { profile } = this.#rules;
    const { after, effect } = decideHealth({
      before: this.#health,
      facts: { ...facts, failures: grouped },
      rule: profile.health,
      status: this.#status,
      now: endedAt,
    });
    this.#health = after;
    if (effect === "warn") this.#warnedAt ??= endedAt;
    if (effect === "pause" || effect === "disable")
      this.#stop(effect === "pause" ? "paused" : "disabled", "failing", atMs);
  }

  /** What waits of a disabled endpoint ends as cancelled. */
  #stop(status: "paused" | "disabled", reason: "failing" | "gone", atMs: number): void {
    if (this.#status === "disabled") return;
    this.#status = status;
    const before = this.#remaining;
    for (let group = this.#waiting.first; status === "disabled" && group !== undefined; group = this.#waiting.first) {
      this.#waiting.shift();
      this.#finish(group, atMs);
    }
    this.#stopped ??= { status, reason, atMs, cancelled: before - this.#remaining };
  }

  #countAtEnd(): { waiting: number; overdue: number } {
    const overdue = this.#waiting.items.filter(({ atMs }) => atMs < this.#rules.endMs);
    return { waiting: this.#remaining, overdue: overdue.reduce((sum, { count }) => sum + count, 0) };
  }
}
