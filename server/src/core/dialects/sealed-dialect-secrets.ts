/** The secrets that callers of dialects sign their tokens with, for moving them to another encryption key. */
import { listStaleDialectSecrets, type StaleDialectSecretRow } from "../../db/queries/list-stale-dialect-secrets.ts";
import { replaceSealedDialectSecrets } from "../../db/queries/replace-sealed-dialect-secrets.ts";
import { reencryptRows, type SealedStore } from "../encryption/sealed-store.ts";
import { dialectSecretIdentity } from "./dialect-secret.ts";

export const sealedDialectSecrets: SealedStore = {
  name: "dialect secrets",
  table: "tenant_dialects",
  reencrypt: ({ database, keyRing, rows }) =>
    reencryptRows({
      read: (after: StaleDialectSecretRow | null) =>
        listStaleDialectSecrets(database, { currentKeyId: keyRing.currentKeyId, after, limit: rows }),
      reseal: (row) => {
        const dialect = { tenantId: row.tenant_id, name: row.dialect };
        const identity = dialectSecretIdentity(dialect);
        const plain = keyRing.open({ keyId: row.encryption_key_id, bytes: row.secret }, identity);
        const sealed = keyRing.seal(plain, identity);
        return { ...dialect, before: row.secret, secret: sealed.bytes, encryptionKeyId: sealed.keyId };
      },
      write: (resealed) => replaceSealedDialectSecrets(database, resealed),
    }),
};
