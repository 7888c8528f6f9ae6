"use strict";
/*
 * How the server's heap may grow. Node lets the young generation take 128 MiB; 32 MiB hold what is in flight at full
 * load as well, for the same CPU, and the process settles a hundred MiB lower. Who sets the size in NODE_OPTIONS is
 * not overruled.
 */
var YOUNG_GENERATION = "--max-semi-space-size";

function heapFlags(nodeOptions) {
  return (nodeOptions || "").indexOf(YOUNG_GENERATION) < 0 ? [YOUNG_GENERATION + "=16"] : [];
}

module.exports = { heapFlags: heapFlags };
