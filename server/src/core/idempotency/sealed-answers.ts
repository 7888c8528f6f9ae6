/** Kept answers, for moving them to another encryption key. */
import { listStaleAnswers, type StaleAnswerRow } from "../../db/queries/list-stale-answers.ts";
import { replaceSealedAnswers } from "../../db/queries/replace-sealed-answers.ts";
import { reencryptRows, type SealedStore } from "../encryption/sealed-store.ts";
import { answerIdentity } from "./begin-request.ts";

export const sealedAnswers: SealedStore = {
  name: "kept answers",
  table: "idempotent_answers",
  reencrypt: ({ database, keyRing, rows }) =>
    reencryptRows({
      read: (after: StaleAnswerRow | null) =>
        listStaleAnswers(database, { currentKeyId: keyRing.currentKeyId, after, limit: rows }),
      reseal: (row) => {
        const { scope, key, created_at: createdAt, encryption_key_id: oldKeyId } = row;
        const identity = answerIdentity(scope, key);
        const sealed = keyRing.seal(keyRing.open({ keyId: oldKeyId, bytes: row.sealed }, identity), identity);
        return { scope, key, createdAt, oldKeyId, sealed: sealed.bytes, encryptionKeyId: sealed.keyId };
      },
      write: (resealed) => replaceSealedAnswers(database, resealed),
    }),
};
