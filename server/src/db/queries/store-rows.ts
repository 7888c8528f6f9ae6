/**
 * What the store statement says, as rows of four kinds. It answers with a column of each value for each kind, since a
 * few arrays are read faster than hundreds of rows.
 */

export type StoreRow =
  /** `no` is the event's ordinal. */
  | { kind: "event"; no: number; id: number; deliveries: number; waiting: number }
  /** `no` is the event's ordinal; the delivery is leased to this node. `max_in_flight` is the endpoint's cap. */
  | { kind: "leased"; no: number; id: number; endpoint_id: string; version: number; max_in_flight: number }
  /** `no` is the request's ordinal. */
  | { kind: "refused"; no: number; problem: StoreProblem; detail: string }
  /** `no` is the request's ordinal: one of its keys was taken. `claimed` counts those that were free. */
  | { kind: "conflict"; no: number; claimed: number };

export type StoreProblem = "not_found" | "unauthenticated" | "scope_required" | "event_type_unknown" | "target_gone";

/** All rows of one kind; `nos` is null where there are none. What a kind does not have is null. */
export interface StoredColumns {
  readonly kind: StoreRow["kind"];
  readonly nos: readonly number[] | null;
  readonly ids: readonly number[];
  readonly deliveries: readonly number[];
  readonly waiting: readonly number[];
  readonly endpoint_ids: readonly string[];
  readonly versions: readonly number[];
  readonly caps: readonly number[];
  readonly problems: readonly StoreProblem[];
  readonly details: readonly string[];
  readonly claimed: readonly number[];
}

export function toStoreRows(columns: StoredColumns): StoreRow[] {
  return columns.nos?.map((no, index) => toRow(columns, no, index)) ?? [];
}

function toRow(columns: StoredColumns, no: number, index: number): StoreRow {
  const read = <Value>(column: readonly Value[]): Value => {
    const value = column[index];
    if (value === undefined)
      throw new Error(`The store statement says too little of a row of the kind ${columns.kind}.`);
    return value;
  };
  switch (columns.kind) {
    case "event":
      return {
        kind: "event",
        no,
        id: read(columns.ids),
        deliveries: read(columns.deliveries),
        waiting: read(columns.waiting),
      };
    case "leased":
      return {
        kind: "leased",
        no,
        id: read(columns.ids),
        endpoint_id: read(columns.endpoint_ids),
        version: read(columns.versions),
        max_in_flight: read(columns.caps),
      };
    case "refused":
      return { kind: "refused", no, problem: read(columns.problems), detail: read(columns.details) };
    case "conflict":
      return { kind: "conflict", no, claimed: read(columns.claimed) };
  }
}
