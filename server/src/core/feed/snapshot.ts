/** A snapshot of PostgreSQL: which transactions had ended when it was taken (pure). */

export interface Snapshot {
  /** All below have ended. */
  readonly xmin: number;
  /** From here on none had begun. */
  readonly xmax: number;
  /** Those between that still ran. */
  readonly running: ReadonlySet<number>;
}

const FORM = /^(\d+):(\d+):([\d,]*)$/;

/** From `xmin:xmax:xip,xip…`. */
export function parseSnapshot(text: string): Snapshot {
  const [, xmin, xmax, running = ""] = FORM.exec(text) ?? [];
  if (xmin === undefined || xmax === undefined) throw new Error("this is no snapshot");
  const ids = running === "" ? [] : running.split(",").map(Number);
  return { xmin: Number(xmin), xmax: Number(xmax), running: new Set(ids) };
}

/** Whether the transaction had ended. */
export function hadEnded({ xmin, xmax, running }: Snapshot, transactionId: number): boolean {
  if (transactionId < xmin) return true;
  return transactionId < xmax && !running.has(transactionId);
}
