/**
 * Headers that every answer of an API carries, also those that are served without Hono. Answers hold secrets and
 * customers' records: nothing may keep them, and no browser may guess them into something that runs.
 */
export const RESPONSE_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};
