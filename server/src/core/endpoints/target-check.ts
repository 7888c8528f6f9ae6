/**
 * The question that create and update ask about a URL before it is stored: may deliveries go there? The egress guard
 * answers it; the connector asks the same guard again for every socket, so a name that moves later gains nothing.
 */

export type TargetCheck = (url: string, options: { readonly resolve: boolean }) => Promise<CheckedTarget>;

export type CheckedTarget =
  | {
      readonly ok: true;
      /** The URL as it is stored and requested: without user information and fragment. */
      readonly url: string;
      /** `user:password`, decoded, or null when the URL carried none. */
      readonly credentials: string | null;
    }
  | { readonly ok: false; readonly code: string; readonly message: string };
