"use strict";
/*
 * How the server's memory may grow. Node lets the young generation take 128 MiB; 16 MiB hold what is in flight at full
 * load as well, for the same CPU. And glibc gives each thread that allocates an arena of its own, whose freed pages
 * the others cannot use; two are enough for all of them. Who sets either is not overruled.
 */
var YOUNG_GENERATION = "--max-semi-space-size";
var ARENAS = "MALLOC_ARENA_MAX";

function memoryFlags(nodeOptions) {
  return (nodeOptions || "").indexOf(YOUNG_GENERATION) < 0 ? [YOUNG_GENERATION + "=8"] : [];
}

function withMemorySettings(environment) {
  var settings = {};
  settings[ARENAS] = "2";
  return Object.assign(settings, environment);
}

function hasMemorySettings(environment) {
  return environment[ARENAS] !== undefined;
}

module.exports = {
  memoryFlags: memoryFlags,
  withMemorySettings: withMemorySettings,
  hasMemorySettings: hasMemorySettings,
};
