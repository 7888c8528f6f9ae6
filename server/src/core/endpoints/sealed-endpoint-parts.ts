/** The sealed parts of endpoints, for moving them to another encryption key. The endpoint's version stays. */
import { listStaleEndpoints, type StaleEndpointRow } from "../../db/queries/list-stale-endpoints.ts";
import { replaceSealedEndpoints } from "../../db/queries/replace-sealed-endpoints.ts";
import { reencryptRows, type SealedStore } from "../encryption/sealed-store.ts";
import { openEndpointParts, sealEndpointParts } from "./endpoint-parts.ts";

export const sealedEndpointParts: SealedStore = {
  name: "URL credentials and headers",
  table: "endpoints",
  reencrypt: ({ database, keyRing, rows }) =>
    reencryptRows({
      read: (after: StaleEndpointRow | null) =>
        listStaleEndpoints(database, { currentKeyId: keyRing.currentKeyId, after: after?.id ?? null, limit: rows }),
      reseal: (row) => {
        const parts = openEndpointParts({ keyRing, row });
        return { ...sealEndpointParts({ keyRing, endpointId: row.id, parts }), id: row.id, version: row.version };
      },
      write: (resealed) => replaceSealedEndpoints(database, resealed),
    }),
};
