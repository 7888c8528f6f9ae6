/**
 * The clock that all processes of a run share: microseconds of the machine's monotonic clock. A time written by the load
 * generator and read by the receiver can be subtracted, which wall clocks of two processes do not promise.
 */
export function machineMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
