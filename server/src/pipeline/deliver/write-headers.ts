/**
 * Puts together the header lines of a request in the two forms that are needed: the flat list the HTTP
 * client writes, and the list that is recorded, which shows everything that goes out and no credentials.
 */

export interface WrittenHeaders {
  /** Name, value, name, value …; without `host`, `connection` and `content-length`, which the client writes. */
  readonly toSend: string[];
  /** In the order on the wire. */
  readonly toRecord: (readonly [name: string, value: string])[];
}

/** Headers that frame the request: writing them twice, or wrongly, would let a body pass for a request. */
const FRAMING = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "keep-alive",
  "upgrade",
  "expect",
  "te",
  "trailer",
  "proxy-connection",
]);
const CREDENTIALS = new Set(["authorization", "proxy-authorization", "cookie"]);
const HIDDEN = "***";

/**
 * An `authorization` among `headers` wins over the one of the URL.
 * @returns the name of the first framing header among `headers` instead, which is a mistake of the caller.
 */
export function writeHeaders(input: {
  readonly host: string;
  readonly authorization: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly bodyBytes: number;
}): WrittenHeaders | { readonly misplaced: string } {
  const toSend: string[] = [];
  const toRecord: (readonly [string, string])[] = [
    ["host", input.host],
    ["connection", "keep-alive"],
  ];
  let authorization = input.authorization;
  for (const header of input.headers) {
    const name = header[0].toLowerCase();
    if (FRAMING.has(name)) return { misplaced: name };
    if (name === "authorization") authorization = null;
    toSend.push(header[0], header[1]);
    toRecord.push(CREDENTIALS.has(name) ? [header[0], HIDDEN] : header);
  }
  if (authorization !== null) {
    toSend.push("authorization", authorization);
    toRecord.push(["authorization", HIDDEN]);
  }
  toRecord.push(["content-length", String(input.bodyBytes)]);
  return { toSend, toRecord };
}
