/**
 * The bounds of everything that callers may set on an endpoint, in one pass that names every mistake. Only the members
 * that are given are looked at, so create and update share it. What needs the network or the database (the URL's
 * address, registered types, the number of endpoints) is checked by the verbs.
 */
import type { InputProblem } from "../errors/core-error.ts";
import { checkMetadata, type Metadata } from "../metadata/check-metadata.ts";
import { checkEventTypes } from "./check-event-types.ts";
import { checkHeaders } from "./check-headers.ts";
import type { EndpointEnvelope } from "./endpoint.ts";

/** What create and update may be given. `undefined` leaves a setting at its default, or as it is. */
export interface EndpointSettings {
  readonly url?: string | undefined;
  readonly description?: string | undefined;
  readonly eventTypes?: readonly string[] | null | undefined;
  readonly channels?: readonly string[] | null | undefined;
  readonly envelope?: EndpointEnvelope | undefined;
  /** Replaces all custom headers; the value `***` keeps the one that is there. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly rateLimitPerSecond?: number | null | undefined;
  readonly maxInFlight?: number | null | undefined;
  readonly timeoutMs?: number | null | undefined;
  readonly retryWaits?: readonly number[] | null | undefined;
  readonly verifyTls?: boolean | undefined;
  /** Replaces the whole object. */
  readonly metadata?: Metadata | undefined;
}

export const URL_CHARACTERS_MAX = 2048;
export const DESCRIPTION_CHARACTERS_MAX = 1024;
export const CHANNELS_MAX = 10;
const CHANNEL_PATTERN = /^[a-zA-Z0-9\-_.]{1,128}$/;
export const RATE_LIMIT_MAX = 100_000;
export const MAX_IN_FLIGHT_MAX = 1000;
export const TIMEOUT_MS_MIN = 1000;
export const TIMEOUT_MS_MAX = 60_000;
export const RETRY_WAITS_MAX = 50;
/** Thirty days: as long as an event is kept by default. */
export const RETRY_WAIT_SECONDS_MAX = 2_592_000;

export function checkEndpointSettings(
  settings: EndpointSettings,
  options: { readonly keptHeaders: ReadonlySet<string>; readonly withUnregisteredTypes?: boolean | undefined },
): InputProblem[] {
  const { rateLimitPerSecond, maxInFlight, timeoutMs } = settings;
  return [
    ...checkUrlLength(settings.url),
    ...checkDescription(settings.description),
    ...checkEventTypes(settings.eventTypes ?? null, { path: "/eventTypes", ...options }),
    ...checkChannels(settings.channels ?? []),
    ...checkHeaders(settings.headers ?? {}, "/headers", options.keptHeaders),
    ...checkWhole(rateLimitPerSecond, "/rateLimitPerSecond", 1, RATE_LIMIT_MAX),
    ...checkWhole(maxInFlight, "/maxInFlight", 1, MAX_IN_FLIGHT_MAX),
    ...checkWhole(timeoutMs, "/timeoutMs", TIMEOUT_MS_MIN, TIMEOUT_MS_MAX),
    ...checkRetryWaits(settings.retryWaits ?? []),
    ...(settings.metadata === undefined ? [] : checkMetadata(settings.metadata, "/metadata")),
  ];
}

function checkUrlLength(url: string | undefined): InputProblem[] {
  if (url === undefined || url.length <= URL_CHARACTERS_MAX) return [];
  return [{ path: "/url", code: "too_long", message: `A URL has at most ${URL_CHARACTERS_MAX} characters.` }];
}

function checkDescription(description: string | undefined): InputProblem[] {
  if (description === undefined || [...description].length <= DESCRIPTION_CHARACTERS_MAX) return [];
  const message = `A description has at most ${DESCRIPTION_CHARACTERS_MAX} characters.`;
  return [{ path: "/description", code: "too_long", message }];
}

function checkChannels(channels: readonly string[]): InputProblem[] {
  if (channels.length > CHANNELS_MAX) {
    return [{ path: "/channels", code: "out_of_bounds", message: `An endpoint has at most ${CHANNELS_MAX} channels.` }];
  }
  const problems: InputProblem[] = [];
  for (const [index, channel] of channels.entries()) {
    const path = `/channels/${index}`;
    if (!CHANNEL_PATTERN.test(channel)) {
      const message = "A channel has 1 to 128 letters, digits, hyphens, underscores and full stops.";
      problems.push({ path, code: "invalid_format", message });
    } else if (channels.indexOf(channel) < index) {
      problems.push({ path, code: "repeated", message: "This channel is in the list already." });
    }
  }
  return problems;
}

function checkRetryWaits(waits: readonly number[]): InputProblem[] {
  if (waits.length > RETRY_WAITS_MAX) {
    const message = `An endpoint has at most ${RETRY_WAITS_MAX} retry waits.`;
    return [{ path: "/retryWaits", code: "out_of_bounds", message }];
  }
  return waits.flatMap((wait, index) => checkWhole(wait, `/retryWaits/${index}`, 1, RETRY_WAIT_SECONDS_MAX));
}

function checkWhole(value: number | null | undefined, path: string, least: number, most: number): InputProblem[] {
  if (value === null || value === undefined) return [];
  if (Number.isInteger(value) && value >= least && value <= most) return [];
  return [{ path, code: "out_of_bounds", message: `This is a whole number from ${least} to ${most}.` }];
}
