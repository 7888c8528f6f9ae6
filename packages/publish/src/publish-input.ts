/** What is published, and its form as arguments of `posthorn.publish`. */

export interface PublishInput {
  /** The tenant's slug, or its id (`ten_…`). */
  readonly tenant: string;
  /** A registered event type, such as `invoice.paid`. */
  readonly type: string;
  /** Any value that JSON can hold. To keep the bytes as you have them, give `json` in its place. */
  readonly data?: unknown;
  /** The event's body as JSON text, kept and sent as it is. */
  readonly json?: string;
  readonly channels?: readonly string[];
  /** The same event under the same key is published once. */
  readonly idempotencyKey?: string;
}

/** In the order of the function's parameters. */
export type PublishArguments = readonly [
  tenant: string,
  type: string,
  data: string,
  channels: string[] | null,
  idempotencyKey: string | null,
];

/** Throws TypeError: neither or both of `data` and `json` were given, or `data` is nothing that JSON can hold. */
export function toArguments(input: PublishInput): PublishArguments {
  const { tenant, type, data, json, channels, idempotencyKey } = input;
  if ((data === undefined) === (json === undefined)) throw new TypeError("Give either data or json.");
  const text: unknown = json ?? JSON.stringify(data);
  if (typeof text !== "string") throw new TypeError("data is nothing that JSON can hold.");
  return [tenant, type, text, channels === undefined ? null : [...channels], idempotencyKey ?? null];
}
