/** An event as its receiver handles it, typed by a map from the types it knows to what their data looks like. */

/** One event of the type `Type`. */
export interface WebhookEventOf<Type extends string, Data> {
  /** The same at every try of one event: do it once. */
  readonly id: string;
  readonly type: Type;
  /** When the event happened, as its envelope says. */
  readonly timestamp: Date;
  readonly data: Data;
  /** When this try was signed. */
  readonly signedAt: Date;
  /** Which of the secrets fits: 0 for the first. When it is never the old one, the old one can go. */
  readonly secretIndex: number;
  /** The bytes that were signed, for a parser that keeps what JSON.parse loses. */
  readonly body: Uint8Array;
}

/**
 * The union over all types of the map, told apart by `type`. Without a map, any type with unknown data. The signature
 * proves who sent an event and not what is in it: a sender may add types and members that the map does not know.
 */
export type WebhookEvent<Events extends object = Record<string, unknown>> = {
  [Type in keyof Events & string]: WebhookEventOf<Type, Events[Type]>;
}[keyof Events & string];
