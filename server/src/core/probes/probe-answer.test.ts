import { describe, expect, it } from "vitest";

import { toProbeAnswer } from "./probe-answer.ts";

const answered = (status: number) =>
  toProbeAnswer({
    outcome: status < 300 ? "accepted" : "rejected",
    response: { status, headers: [], body: new Uint8Array(), bytes: 0 },
  });

describe("toProbeAnswer", () => {
  it.each([200, 202, 204])("%i: it took the request", (status) => expect(answered(status)).toBe("took"));

  it.each([400, 401, 403, 409, 422, 500])("%i: it refused the request", (status) =>
    expect(answered(status)).toBe("refused"),
  );

  it.each([301, 308, 404, 405, 410, 413, 429, 502, 503, 504])("%i: it says nothing of the signature", (status) =>
    expect(answered(status)).toBe("says_nothing"),
  );

  it.each(["timed_out", "unreachable", "blocked"] as const)("%s: it says nothing", (outcome) =>
    expect(toProbeAnswer({ outcome, response: null })).toBe("says_nothing"),
  );
});
