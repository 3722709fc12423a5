#!/usr/bin/env node
// The package's bin was this file in version 0.1.0: scripts and service files that start `dist/src/cli.js` go on working.
import { runProgram } from './cli/main.js'

await runProgram()
