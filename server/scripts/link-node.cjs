"use strict";
/*
 * Puts the Node that came with the dependencies where npm scripts find it, if npm did not. npm 10, which Node 20
 * carries, links it and then clears away the link together with the package of the other processor, whose command
 * has the same name.
 */
var fs = require("fs");
var path = require("path");
var currentNode = require("../bin/current-node.js");

var link = path.join(__dirname, "..", "..", "node_modules", ".bin", "node");
var node = currentNode.findPackagedNode();
if (node && !fs.existsSync(link)) {
  try {
    fs.unlinkSync(link); // One that leads nowhere.
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  fs.symlinkSync(path.relative(path.dirname(link), node), link);
}
