/** Sign and verify webhooks on anything with WebCrypto. Every public name of the package but those of `/schemes`. */

export { selfCommunity, theSignup } from "./timestamped/timestamped-scheme.ts";
export type { TimestampedScheme } from "./timestamped/timestamped-scheme.ts";
