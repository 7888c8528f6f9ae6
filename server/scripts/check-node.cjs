"use strict";
/* Ends `npm test` and `npm run build` with one clear line on a Node that is too old to parse the tools they start. */
var currentNode = require("../bin/current-node.js");

if (!currentNode.isCurrent(process.versions.node)) currentNode.refuseOldNode();
