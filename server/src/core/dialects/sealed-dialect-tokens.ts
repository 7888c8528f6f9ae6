/** The tokens that callers of dialects show, for moving them to another encryption key. */
import { listStaleDialectTokens, type StaleDialectTokenRow } from "../../db/queries/list-stale-dialect-tokens.ts";
import { replaceSealedDialectTokens } from "../../db/queries/replace-sealed-dialect-tokens.ts";
import { reencryptRows, type SealedStore } from "../encryption/sealed-store.ts";
import { dialectTokenIdentity } from "./dialect-token.ts";

export const sealedDialectTokens: SealedStore = {
  name: "dialect tokens",
  table: "dialect_tokens",
  reencrypt: ({ database, keyRing, rows }) =>
    reencryptRows({
      read: (after: StaleDialectTokenRow | null) =>
        listStaleDialectTokens(database, { currentKeyId: keyRing.currentKeyId, after: after?.id ?? null, limit: rows }),
      reseal: ({ id, sealed, encryption_key_id: keyId }) => {
        const identity = dialectTokenIdentity(id);
        const { bytes, keyId: encryptionKeyId } = keyRing.seal(
          keyRing.open({ keyId, bytes: sealed }, identity),
          identity,
        );
        return { id, sealed: bytes, encryptionKeyId };
      },
      write: (resealed) => replaceSealedDialectTokens(database, resealed),
    }),
};
