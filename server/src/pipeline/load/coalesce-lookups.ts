/**
 * Makes one look-up of many: what is asked in one turn of the event loop goes into one call, and the same id asked
 * twice is looked up once. Written against a query for each delivery.
 */

const MAX_IDS = 500;

interface Asked<Value> {
  readonly promise: Promise<Value | undefined>;
  readonly resolve: (value: Value | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** `lookUp` answers with what it found; an id that is absent from the map resolves to undefined. */
export function coalesceLookups<Value>(
  lookUp: (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>,
): (id: string) => Promise<Value | undefined> {
  let asked = new Map<string, Asked<Value>>();

  const flush = async (): Promise<void> => {
    const batch = asked;
    asked = new Map();
    const ids = [...batch.keys()];
    for (let start = 0; start < ids.length; start += MAX_IDS) {
      const chunk = ids.slice(start, start + MAX_IDS);
      try {
        const found = await lookUp(chunk);
        for (const id of chunk) batch.get(id)?.resolve(found.get(id));
      } catch (error) {
        for (const id of chunk) batch.get(id)?.reject(error);
      }
    }
  };

  return (id) => {
    const known = asked.get(id);
    if (known !== undefined) return known.promise;
    const { promise, resolve, reject } = Promise.withResolvers<Value | undefined>();
    asked.set(id, { promise, resolve, reject });
    if (asked.size === 1) setImmediate(() => void flush());
    return promise;
  };
}
