/**
 * The master key where the operator keeps it: a variable, a file, or what a command prints. A file in the data directory
 * is made when it is first needed; it is what makes a copy of registry and rulebook worthless to whoever lacks it.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

import { makeMasterKey, readMasterKeys } from '../secrets/secrets.ts';
import type { MasterKey } from '../secrets/secrets.ts';
import { dataFiles } from './files.ts';
import type { MasterKeyPlace } from './key-places.ts';
import type { Settings } from './settings.ts';

export const MASTER_KEY_VARIABLE = 'SETPOINT_MASTER_KEY';

export type MasterKeys = readonly [MasterKey, ...MasterKey[]];

export interface MasterKeyWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly randomBytes: (count: number) => Uint8Array;
  /** Runs a program without a shell and gives what it prints. Absent where no program may be run. */
  readonly runCommand?: (argv: readonly string[]) => Promise<string>;
}

/** The first key seals; the others open what was sealed before. */
export interface MasterKeyring {
  /** The keys as they are now; undefined where none is needed yet. @throws Error when the place cannot be read. */
  read(): Promise<MasterKeys | undefined>;
  /** The keys, made where the place is a file of our own and there is none. */
  need(): Promise<MasterKeys>;
  /**
   * Puts a new key first and keeps the others, where the place is a file. Elsewhere the operator does that; it is only
   * read again.
   */
  begin(): Promise<MasterKeys>;
  /** Lets all but the first go, once nothing is under them any more. */
  finish(): Promise<void>;
  /** For words: `the variable SETPOINT_MASTER_KEY`. */
  readonly place: string;
  /** Whether a new key is made by the program, or by the operator. */
  readonly own: boolean;
}

export function openMasterKeys(
  settings: Pick<Settings, 'data' | 'masterKey'>,
  world: MasterKeyWorld,
): MasterKeyring {
  const place = placeInForce(settings, world.environment);
  switch (place.kind) {
    case 'env':
      return given(`the variable ${place.name}`, async () => world.environment[place.name] ?? '');
    case 'command':
      return printed(place.argv, world);
    default:
      return inFile(place.path, place.kind === 'own', world.randomBytes);
  }
}

type PlaceInForce =
  | Exclude<MasterKeyPlace, { kind: 'default' }>
  | { readonly kind: 'own'; readonly path: string };

function placeInForce(
  { masterKey, data }: Pick<Settings, 'data' | 'masterKey'>,
  environment: MasterKeyWorld['environment'],
): PlaceInForce {
  if (masterKey.kind !== 'default') return masterKey;
  if ((environment[MASTER_KEY_VARIABLE] ?? '') !== '') return { kind: 'env', name: MASTER_KEY_VARIABLE };
  return { kind: 'own', path: dataFiles(data).masterKey };
}

function given(place: string, text: () => Promise<string>): MasterKeyring {
  const read = async (): Promise<MasterKeys> => readMasterKeys(await text(), place);
  return { read, need: read, begin: read, finish: async () => undefined, place, own: false };
}

/** Asked once and remembered: a KMS is slow, and each question may cost. A change of the key asks again. */
function printed(argv: readonly string[], { runCommand }: MasterKeyWorld): MasterKeyring {
  const place = `the command ${argv[0] ?? ''}`;
  let known: Promise<MasterKeys> | undefined;
  const ask = async (): Promise<MasterKeys> => {
    if (runCommand === undefined)
      throw new Error(
        `The master key comes from ${place}, which only control runs. Give this process the key in ${MASTER_KEY_VARIABLE}, or do this through the server.`,
      );
    return readMasterKeys(await runCommand(argv), place);
  };
  const begin = (): Promise<MasterKeys> => {
    known = ask();
    known.catch(() => (known = undefined));
    return known;
  };
  const read = (): Promise<MasterKeys> => known ?? begin();
  return { read, need: read, begin, finish: async () => undefined, place, own: false };
}

/**
 * A file that vanishes under a running program must not end its service: what was read last still holds, and a file of
 * our own is written again.
 * @param own it lies in the data directory, where the program makes it when it is first needed.
 */
function inFile(path: string, own: boolean, randomBytes: MasterKeyWorld['randomBytes']): MasterKeyring {
  let known = '';
  const textNow = (): string => {
    if (known === '' || existsSync(path)) known = readFileSync(path, 'utf8');
    return known;
  };
  const readNow = (): MasterKeys => readMasterKeys(textNow(), path);
  return {
    read: async () => (own && known === '' && !existsSync(path) ? undefined : readNow()),
    async need() {
      if (own && !existsSync(path)) makeFile(path, known === '' ? `${makeMasterKey(randomBytes)}\n` : known);
      return readNow();
    },
    async begin() {
      const former = own && known === '' && !existsSync(path) ? '' : textNow();
      if (own) replaceFile(path, `${makeMasterKey(randomBytes)}\n${former}`);
      return readNow();
    },
    async finish() {
      if (own)
        replaceFile(
          path,
          `${
            textNow()
              .trim()
              .split(/[\s,]+/)[0] ?? ''
          }\n`,
        );
      readNow();
    },
    place: path,
    own,
  };
}

function makeFile(path: string, text: string): void {
  try {
    writeSynced(path, text, 'wx');
  } catch (error) {
    if (!existsSync(path)) throw error; // another process made it first: its key holds
    return;
  }
  syncDirectory(path);
}

function replaceFile(path: string, text: string): void {
  const aside = `${path}.new.key`; // ends as a key does, so that a backup leaves it out too
  try {
    writeSynced(aside, text, 'w');
    renameSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
  syncDirectory(path);
}

/** What is sealed under a key that a power cut took away is lost, so the key is on disk first. */
function writeSynced(path: string, text: string, flag: 'w' | 'wx'): void {
  const handle = openSync(path, flag, 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function syncDirectory(path: string): void {
  const handle = openSync(dirname(path), 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
