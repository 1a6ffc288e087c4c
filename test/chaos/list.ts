/** `npm run chaos -- --list`: every promise, its tests and its controls. */
import { promisesText } from './promises.ts';

process.stdout.write(`${promisesText()}\n`);
