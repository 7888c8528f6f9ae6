/** A time as the whole Unix seconds that signature headers carry, cut down, never rounded up into the future. */

/** Throws a RangeError for a Date that is not a time, or before 1970. */
export function toUnixSeconds(time: Date): number {
  const seconds = Math.floor(time.getTime() / 1000);
  if (!(seconds >= 0)) throw new RangeError("The timestamp must be a valid Date, not before 1970.");
  return seconds;
}
