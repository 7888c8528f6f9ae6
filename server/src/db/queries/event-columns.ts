/** An event as a row, without its data: that is up to 256 KiB and read only where it is shown. */

export interface EventRow {
  readonly id: number;
  readonly type: string;
  readonly channels: readonly string[] | null;
  readonly key: string | null;
  readonly source: "publish" | "test" | "probe" | "operational";
  readonly deliveries: number;
  readonly data_bytes: number;
  readonly created_at: Date;
}

export const EVENT_COLUMNS =
  "id, type, channels, key, source, deliveries, octet_length(data) as data_bytes, created_at";
