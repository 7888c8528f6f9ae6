import fc from "fast-check";
import { expect, test } from "vitest";

import { standard } from "../../profiles/standard.ts";
import { errorClasses } from "../../core/attempts/error-class.ts";
import type { ErrorClass } from "../../core/attempts/error-class.ts";
import { decideNext } from "./decide-next.ts";
import type { FinishedAttempt } from "./decide-next.ts";

const classes = Object.keys(errorClasses) as ErrorClass[];
const attempt: fc.Arbitrary<FinishedAttempt> = fc.record({
  profile: fc.record({
    jitter: fc.double({ min: 0, max: 0.5, noNaN: true }),
    gone: fc.constantFrom("disable" as const, "fail" as const),
    retryAfter: fc.constantFrom(null, standard.retryAfter),
  }),
  waitsSeconds: fc.array(fc.nat({ max: 604_800 }), { maxLength: 50 }),
  source: fc.constantFrom("publish", "resend", "test", "probe", "operational"),
  attempts: fc.nat({ max: 60 }),
  deferrals: fc.nat({ max: 30 }),
  class: fc.option(fc.constantFrom(...classes)),
  status: fc.option(fc.integer({ min: 200, max: 599 })),
  retryAfter: fc.option(fc.oneof(fc.string(), fc.nat().map(String))),
  endpoint: fc.constantFrom("active", "paused", "disabled", "deleted"),
  now: fc.date({ min: new Date("2020-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }),
  random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

/** fast-check prints the seed of a failure. */
function holds(check: (attempt: FinishedAttempt, decision: ReturnType<typeof decideNext>) => void): void {
  fc.assert(
    fc.property(attempt, (drawn) => check(drawn, decideNext(drawn))),
    { numRuns: 2000 },
  );
}

test("every attempt spends one try or one deferral, and a hold neither", () => {
  holds((before, decision) => {
    expect(decision.attempts).toBeGreaterThanOrEqual(before.attempts);
    expect(decision.deferrals).toBeGreaterThanOrEqual(before.deferrals);
    const spent = decision.attempts + decision.deferrals - before.attempts - before.deferrals;
    expect(spent).toBe(decision.kind === "hold" ? 0 : 1);
  });
});

test("what waits is never due before the attempt ended, nor parked past its own time", () => {
  holds(({ now }, decision) => {
    if (decision.nextState !== "pending") return;
    expect(decision.at.getTime()).toBeGreaterThanOrEqual(now.getTime());
    if ("parkEndpointUntil" in decision) expect(decision.parkEndpointUntil).toEqual(decision.at);
  });
});

test("a wait stays within its jitter", () => {
  holds(({ now, attempts, waitsSeconds, profile }, decision) => {
    if (decision.kind !== "retry") return;
    const waitMs = (waitsSeconds[attempts] ?? NaN) * 1000;
    const takenMs = decision.at.getTime() - now.getTime();
    expect(Math.abs(takenMs - waitMs)).toBeLessThanOrEqual(waitMs * profile.jitter + 1);
  });
});

test("exactly what was accepted is finished", () => {
  holds((before, decision) => {
    expect(decision.kind === "finish").toBe(before.class === null);
  });
});

test("nothing of a disabled or deleted endpoint goes on waiting", () => {
  holds(({ endpoint }, decision) => {
    if (endpoint === "disabled" || endpoint === "deleted") expect(decision.nextState).not.toBe("pending");
  });
});

test("a receiver that never accepts is given up after all tries and deferrals", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 100 }), { maxLength: 12 }),
      fc.infiniteStream(fc.constantFrom("503", "500", "nothing")),
      (waitsSeconds, answers) => {
        const counts = { attempts: 0, deferrals: 0 };
        for (let made = 1; ; made += 1) {
          const answer = answers.next().value;
          const failed =
            answer === "nothing"
              ? ({ class: "connect_refused", status: null } as const)
              : ({ class: "http_server_error", status: Number(answer) } as const);
          const decision = decideNext({
            profile: standard,
            waitsSeconds,
            source: "publish",
            retryAfter: "1",
            endpoint: "active",
            now: new Date(0),
            random: 0.5,
            ...failed,
            ...counts,
          });
          counts.attempts = decision.attempts;
          counts.deferrals = decision.deferrals;
          expect(counts.attempts + counts.deferrals).toBe(made);
          if (decision.kind === "give_up") break;
        }
        expect(counts.attempts).toBe(waitsSeconds.length + 1);
        expect(counts.deferrals).toBeLessThanOrEqual(20);
      },
    ),
  );
});
