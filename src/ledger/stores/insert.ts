/** Rows as they lie in journals go into the ledger, a batch whole or not at all, and once. */
import { LINE_COLUMNS } from './columns.ts';
import type { Engine } from './engine.ts';
import type { Upkeep } from './upkeep.ts';

/** Rows of one journal, in the order of their sequences, that are inserted whole or not at all. */
export interface LineBatch {
  /** The same for every try of the same rows: a second insert of it changes nothing. */
  readonly token: string;
  readonly rows: readonly Buffer[];
  readonly count: number;
}

/** How far the drain has come; only it knows. */
export interface DrainProgress {
  /** Frames in journals that are not yet in the ledger. */
  readonly backlogFrames: number;
  readonly completeUntilMs: number;
  /** Empty when all is well. */
  readonly trouble: string;
  /** Journals that may still hold lines that the ledger does not have; absent before the first step is done. */
  readonly openJournals?: readonly string[];
  /** Rises with every step of the drain; absent before the first. */
  readonly step?: number;
}

/** What the views write is grouped already: to group it again on the way in costs more than all the rest. */
export const GROUPED = 'optimize_on_insert = 0';

/** An answer says that the shard of the batch has it, on most of its replicas. */
const ON_CLUSTER = "distributed_foreground_insert = 1, insert_quorum = 'auto', insert_quorum_parallel = 0";

const NAMES = LINE_COLUMNS.map(({ name }) => `\`${name}\``).join(', ');

/**
 * Names are read as plain text and numbered per block, which takes half the time of looking each up as it is read.
 * Numbers, money and times are read as what they are.
 */
const STRUCTURE = LINE_COLUMNS.map(
  ({ name, type }) => `\`${name}\` ${type.replaceAll('LowCardinality(String)', 'String')}`,
).join(', ');

/**
 * One statement is one block: parsing in parallel would cut it, and a cut block is no longer recognised as a repeat.
 * The roll-up recognises repeats by itself, so a crash between lines and roll-up is mended by the next try.
 */
export async function insertBatch(engine: Engine, upkeep: Upkeep, { token, rows }: LineBatch): Promise<void> {
  if (!/^[\w:.-]{1,200}$/.test(token))
    throw new RangeError(`"${token}" is not a batch token (letters, digits, : . _ -)`);
  if (rows.length === 0) return;
  const missing = await upkeep.withoutRebuilt(rows);
  if (missing.length === 0) return;
  await engine.insertRows(
    `INSERT INTO ${engine.database}.lines (${NAMES}) SETTINGS async_insert = 0, insert_deduplicate = 1, ` +
      `insert_deduplication_token = '${token}', deduplicate_blocks_in_dependent_materialized_views = 1, ` +
      `${engine.cluster === '' ? '' : `${ON_CLUSTER}, `}${GROUPED}, input_format_parallel_parsing = 0, input_format_json_compact_allow_variable_number_of_columns = 1, ` +
      'input_format_json_throw_on_bad_escape_sequence = 0',
    missing,
    STRUCTURE,
  );
}
