#!/usr/bin/env node
/** The `setpoint` command: runs src/main.ts with a Node that can, whichever Node was asked. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findNode, projectFolder, runSource } from './runtime.js';

const node = findNode();
const installed = existsSync(join(projectFolder, 'node_modules', '.package-lock.json'));

if (node === undefined || !installed) {
  process.stderr.write(
    'Setpoint is not installed yet: its packages are missing. Nothing was started and no call was sent.\n' +
      'Run `npm ci` in the project folder, or `npm start`, which installs and starts.\n',
  );
  process.exitCode = 1;
} else {
  process.exitCode = await runSource(node, 'src/main.ts', process.argv.slice(2));
}
