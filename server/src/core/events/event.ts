/** An event as everyone may see it: a fact published once. Its data is read apart, as bytes, and never parsed here. */
import type { EventRow } from "../../db/queries/event-columns.ts";

export interface PublishedEvent {
  readonly id: number;
  readonly type: string;
  /** Null: published without channels. */
  readonly channels: readonly string[] | null;
  /** The publisher's own id of it. */
  readonly key: string | null;
  readonly source: "publish" | "test" | "probe" | "operational";
  /** How many deliveries it made when it was stored. */
  readonly deliveryCount: number;
  /** Size of its data. */
  readonly dataBytes: number;
  readonly createdAt: Date;
}

export function toEvent(row: EventRow): PublishedEvent {
  return {
    id: row.id,
    type: row.type,
    channels: row.channels,
    key: row.key,
    source: row.source,
    deliveryCount: row.deliveries,
    dataBytes: row.data_bytes,
    createdAt: row.created_at,
  };
}
