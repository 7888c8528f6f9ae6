/**
 * Where a request goes, read from its URL. The URLs of the last thousand are remembered: reading one takes longer than
 * signing a delivery, and an endpoint's is the same at every delivery.
 */

export interface Destination {
  readonly url: URL;
  /** `https://example.com:8443`. */
  readonly origin: string;
  readonly host: string;
  /** With the query. */
  readonly path: string;
}

const REMEMBERED = 1_000;

export class Destinations {
  readonly #known = new Map<string, Destination>();

  /** Null where the text is no http or https URL. */
  read(text: string): Destination | null {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const url = URL.parse(text);
    if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return null;
    const destination = { url, origin: url.origin, host: url.host, path: url.pathname + url.search };
    const oldest = this.#known.size < REMEMBERED ? undefined : this.#known.keys().next().value;
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(text, destination);
    return destination;
  }
}
