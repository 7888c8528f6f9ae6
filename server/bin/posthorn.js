#!/usr/bin/env node
"use strict";
/*
 * The `posthorn` command: runs the server on a current Node, whichever Node started this file.
 *
 * A checkout runs from source (TypeScript, with the condition that resolves workspace packages to theirs), the
 * published package from dist. Where the running Node is current the server runs in this very process, which starts
 * over where it lacks a flag or a setting; otherwise in a child that gets our input, output, signals and environment
 * and whose end becomes ours.
 */
var childProcess = require("child_process");
var fs = require("fs");
var path = require("path");
var url = require("url");
var currentNode = require("./current-node.js");
var memorySettings = require("./memory-settings.js");

var SOURCE_CONDITION = "--conditions=posthorn-source";
var FORWARDED_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR2"];
var PARENT_CHECK_MS = 200;

var source = path.join(__dirname, "..", "src", "main.ts");
var fromSource = fs.existsSync(source);
var main = fromSource ? source : path.join(__dirname, "..", "dist", "main.js");
var thisIsCurrent = currentNode.isCurrent(process.versions.node);
var given = [process.env.NODE_OPTIONS || ""].concat(thisIsCurrent ? process.execArgv : []);
var flags = memorySettings
  .memoryFlags(given.join(" "), thisIsCurrent ? process.versions.node : null)
  .concat(fromSource && given.indexOf(SOURCE_CONDITION) < 0 ? SOURCE_CONDITION : []);
var environment = memorySettings.withMemorySettings(process.env);
var complete = memorySettings.hasMemorySettings(process.env) && flags.length === 0;

var node = thisIsCurrent ? process.execPath : currentNode.findPackagedNode();
if (!node) currentNode.refuseOldNode();
if (process.env.npm_lifecycle_event) stopWithParent();
if (thisIsCurrent && complete) runHere();
else if (thisIsCurrent && process.execve) startOver();
else runIn(node);

/* The same process with the flags; Windows has no such call. */
function startOver() {
  var args = [process.execPath].concat(process.execArgv, flags, __filename, process.argv.slice(2));
  process.execve(process.execPath, args, environment);
}

function runHere() {
  process.argv[1] = main;
  import(url.pathToFileURL(main).href).catch(fail);
}

function runIn(binary) {
  var args = flags.concat(main, process.argv.slice(2));
  var child = childProcess.spawn(binary, args, { stdio: "inherit", env: environment });
  FORWARDED_SIGNALS.forEach(function (signal) {
    process.on(signal, function () {
      // A terminal sends Ctrl-C to the whole process group: forwarding it would count as a second one.
      if (signal === "SIGINT" && process.stdin.isTTY) return;
      child.kill(signal);
    });
  });
  child.on("error", fail);
  child.on("exit", function (code, signal) {
    if (signal === null) process.exit(code);
    FORWARDED_SIGNALS.forEach(function (name) {
      process.removeAllListeners(name);
    });
    process.kill(process.pid, signal);
  });
}

/*
 * npm and npx start a command through a shell and pass signals to that shell only: ending them would leave the
 * server behind, holding its port and its data directory. Under npm, a lost parent therefore counts as SIGTERM.
 */
function stopWithParent() {
  var parent = process.ppid;
  var timer = setInterval(function () {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, PARENT_CHECK_MS);
  timer.unref();
}

function fail(error) {
  process.stderr.write("posthorn: " + (error && error.stack ? error.stack : error) + "\n");
  process.exit(1);
}
