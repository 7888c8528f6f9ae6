/**
 * Compares an expected signature with a received one so that the time taken says nothing about where they differ.
 * The length is not secret: it is the same for every signature of a scheme.
 */

/** `received` may be any text; only one of the expected length is compared, all of it. */
export function equalsInConstantTime(expected: string, received: string): boolean {
  if (expected.length !== received.length) return false;
  let difference = 0;
  for (let index = 0; index < expected.length; index++) {
    difference |= expected.charCodeAt(index) ^ received.charCodeAt(index);
  }
  return difference === 0;
}
