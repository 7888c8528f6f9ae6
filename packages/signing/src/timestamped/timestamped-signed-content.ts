/** The bytes that a signature of the `t=…` family covers: `t.body`, the timestamp as the text it was sent as. */

/** What stands before the body; hash it first, then the exact bytes of the body. `timestamp` is in Unix seconds. */
export function timestampedSignedPrefix(timestamp: string | number): string {
  return `${timestamp}.`;
}
