"use strict";
/*
 * How the server's memory is kept. Who sets one of these is not overruled.
 *
 * - Node lets the young generation take 128 MiB; 32 MiB hold what is in flight at full load as well. It has them from
 *   the start: after a pause it would begin with one, and each of its collections would find most of it still in flight.
 * - V8 moves what it expects to live long straight to the old generation, once it has seen enough of it live. Here that
 *   is what is in flight: dead a moment later, it keeps alive whatever it points to until the next full collection.
 * - A full collection slows everything for some 60 ms on two cores, since V8 marks on as many threads as it has. One of
 *   them beside the server's own leaves it its core.
 * - V8 comes back to it the sooner the less is to be gained. Left alone until the heap has grown by a fifth, which is a
 *   minute at full load, it comes seldom, and the heap stays smaller than V8 lets it grow.
 * - glibc gives each thread that allocates an arena of its own, whose freed pages the others cannot use; two are enough
 *   for all of them.
 */
var YOUNG_GENERATION = ["--min-semi-space-size=16", "--max-semi-space-size=16"];
var OLD_GENERATION = [
  "--no-allocation-site-pretenuring",
  "--heap-growing-percent=20",
  "--concurrent-marking-max-worker-num=1",
];
/* These are V8's own: a Node that has lost one would not start with it. */
var OLD_GENERATION_KNOWN_UNTIL = 26;
var ARENAS = "MALLOC_ARENA_MAX";

/* `given`: the options that Node gets already, as one text; `version`: of that Node, null for the one packaged with us. */
function memoryFlags(given, version) {
  var isKnown = version === null || parseInt(version, 10) <= OLD_GENERATION_KNOWN_UNTIL;
  return YOUNG_GENERATION.concat(isKnown ? OLD_GENERATION : []).filter(function (flag) {
    return given.indexOf(flag.replace(/^--(no-|min-|max-)?|=.*$/g, "")) < 0;
  });
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
