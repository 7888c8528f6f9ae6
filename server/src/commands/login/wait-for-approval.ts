/**
 * Polls until somebody has decided (RFC 8628, 3.5): at the interval that the server gave, five seconds longer after each
 * `slow_down`, twice as long after each poll that did not get through, and not beyond the login's time.
 */
import { type BegunLogin, pollTokens, type Tokens } from "./oauth-client.ts";

export type Approval = { readonly ok: true; readonly tokens: Tokens } | { readonly ok: false; readonly why: string };

const SLOWER_BY_SECONDS = 5;
const LONGEST_WAIT_SECONDS = 60;

export async function waitForApproval(
  url: string,
  begun: BegunLogin,
  wait: (seconds: number) => Promise<void>,
): Promise<Approval> {
  let interval = begun.interval;
  let pause = 0;
  for (let waited = 0; waited < begun.expires_in;) {
    pause = Math.max(interval, pause);
    await wait(pause);
    waited += pause;
    const answer = await pollTokens(url, begun.device_code).catch(() => null);
    if (answer === null) {
      pause = Math.min(pause * 2, LONGEST_WAIT_SECONDS);
      continue;
    }
    if (answer.ok) return { ok: true, tokens: answer.value };
    pause = answer.retryAfterSeconds ?? 0;
    if (answer.error === "slow_down") interval += SLOWER_BY_SECONDS;
    else if (answer.error !== "authorization_pending" && answer.error !== "temporarily_unavailable") {
      return { ok: false, why: answer.description };
    }
  }
  return { ok: false, why: "The time of the login is over." };
}
