#!/usr/bin/env node
/** The command line `sightline`. */
import process from "node:process";

process.exitCode = 2;
