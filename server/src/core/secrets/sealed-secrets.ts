/**
 * Signing secrets, for moving them to another encryption key. The endpoint's version stays: what nodes hold of a secret
 * is its opened value, and that does not change.
 */
import { listStaleSecrets, type StaleSecretRow } from "../../db/queries/list-stale-secrets.ts";
import { replaceSealedSecrets } from "../../db/queries/replace-sealed-secrets.ts";
import { reencryptRows, type SealedStore } from "../encryption/sealed-store.ts";
import { openSecrets } from "./open-secrets.ts";
import { sealSecretValue } from "./seal-secret.ts";

export const sealedSecrets: SealedStore = {
  name: "signing secrets",
  table: "secret_versions",
  reencrypt: ({ database, keyRing, rows }) =>
    reencryptRows({
      read: (after: StaleSecretRow | null) =>
        listStaleSecrets(database, { currentKeyId: keyRing.currentKeyId, after, limit: rows }),
      reseal: (row) => {
        const [secret] = openSecrets({ keyRing, rows: [row] });
        if (secret === undefined) throw new Error("A secret was not opened.");
        const { endpoint_id: endpointId, number, encryption_key_id: oldKeyId } = row;
        return { ...sealSecretValue({ keyRing, endpointId, number, text: secret.text }), oldKeyId };
      },
      write: (resealed) => replaceSealedSecrets(database, resealed),
    }),
};
