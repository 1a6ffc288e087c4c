/**
 * The requirements model of a FOCUS version, read from its official JSON file: rules as data.
 * A rule is a requirement tree, a condition tree, criteria of applicability and a sentence. What this reader does not
 * know is an error, never a skip: a rule that is silently not run would look like one that passed.
 */
import { z } from 'zod';

const CHECK_FUNCTIONS = [
  'AND',
  'OR',
  'CheckModelRule',
  'ColumnPresent',
  'CheckDistinctCount',
  'CheckValue',
  'CheckNotValue',
  'CheckSameValue',
  'CheckNotSameValue',
  'CheckDecimalValue',
  'CheckGreaterOrEqualThanValue',
  'CheckNationalCurrency',
  'ColumnByColumnEqualsColumnValue',
  'FormatCurrency',
  'FormatDateTime',
  'FormatKeyValue',
  'FormatNumeric',
  'FormatString',
  'FormatUnit',
  'TypeDateTime',
  'TypeDecimal',
  'TypeString',
] as const;
type CheckFunction = (typeof CHECK_FUNCTIONS)[number];

/** A check with its arguments, or several joined. */
export interface Check {
  readonly CheckFunction: string;
  readonly Items?: readonly Check[] | undefined;
  readonly ModelRuleId?: string | undefined;
  readonly ColumnName?: string | undefined;
  readonly ColumnAName?: string | undefined;
  readonly ColumnBName?: string | undefined;
  readonly ResultColumnName?: string | undefined;
  readonly ExpectedCount?: number | undefined;
  readonly Value?: string | number | null | undefined;
}

export interface Rule {
  readonly id: string;
  /** `Dataset`, `Column` or `Attribute`. */
  readonly entity: string;
  /** What the rule is about: a column or an attribute. */
  readonly reference: string;
  /** `Presence`, `Type`, `Format`, `Nullability`, `Validation` or `Composite`. */
  readonly kind: string;
  /** False: no file can show whether the rule is kept. */
  readonly machineCheckable: boolean;
  readonly criteria: readonly string[];
  readonly keyword: string;
  readonly sentence: string;
  readonly requirement: Check | undefined;
  readonly condition: Check | undefined;
  readonly dependencies: readonly string[];
}

export interface Model {
  readonly name: string;
  /** The version of FOCUS that it describes: `1.2`. */
  readonly version: string;
  /** Criteria of applicability and what they ask. */
  readonly criteria: Readonly<Record<string, string>>;
  readonly rules: readonly Rule[];
}

/** The file is no model that can be run. Nothing was judged. */
export class ModelError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ModelError';
  }
}

const Tree = z.record(z.string(), z.unknown());
const ModelFile = z.object({
  Details: z.object({ FOCUSVersion: z.string() }),
  ApplicabilityCriteria: z.record(z.string(), z.object({ Description: z.string() })),
  CheckFunctions: z.record(z.string(), z.unknown()),
  ModelRules: z.record(
    z.string(),
    z.object({
      Function: z.string(),
      Reference: z.string(),
      EntityType: z.string(),
      ApplicabilityCriteria: z.array(z.string()),
      Type: z.enum(['Static', 'Dynamic']),
      ValidationCriteria: z.object({
        MustSatisfy: z.string(),
        Keyword: z.string(),
        Requirement: Tree,
        Condition: Tree,
        Dependencies: z.array(z.string()),
      }),
    }),
  ),
});

/** @throws ModelError when the text is no requirements model, or asks for a check function that there is not. */
export function readModel(text: string): Model {
  const read = ModelFile.safeParse(parseJson(text));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new ModelError(
      `This is no FOCUS requirements model: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}. ${WHERE_TO_GET_IT}`,
    );
  }
  const { Details, ApplicabilityCriteria, CheckFunctions, ModelRules } = read.data;
  const unknown = Object.keys(CheckFunctions).filter((name) => !isCheckFunction(name));
  if (unknown.length > 0)
    throw new ModelError(
      `The model has check functions that this program does not know: ${unknown.join(', ')}. Its rules were not run, for a part of them would be missing from the verdict.`,
    );
  const used = Object.entries(ModelRules).flatMap(([id, { ValidationCriteria }]) =>
    functionsIn([ValidationCriteria.Requirement, ValidationCriteria.Condition]).map((name) => ({ id, name })),
  );
  const strange = used.find(({ name }) => !isCheckFunction(name));
  if (strange !== undefined)
    throw new ModelError(
      `Rule ${strange.id} asks for the check function "${strange.name}", which this program does not know. No rule was run.`,
    );
  const criteria = Object.entries(ApplicabilityCriteria).map(([name, { Description }]) => [
    name,
    Description,
  ]);
  return {
    name: `FOCUS ${Details.FOCUSVersion} requirements model`,
    version: Details.FOCUSVersion,
    criteria: Object.fromEntries(criteria) as Record<string, string>,
    rules: Object.entries(ModelRules).map(([id, rule]) => ({
      id,
      entity: rule.EntityType,
      reference: rule.Reference,
      kind: rule.Function,
      machineCheckable: rule.Type === 'Static',
      criteria: rule.ApplicabilityCriteria,
      keyword: rule.ValidationCriteria.Keyword,
      sentence: rule.ValidationCriteria.MustSatisfy,
      requirement: treeOf(rule.ValidationCriteria.Requirement),
      condition: treeOf(rule.ValidationCriteria.Condition),
      dependencies: rule.ValidationCriteria.Dependencies,
    })),
  };
}

export const WHERE_TO_GET_IT =
  'The official model is rules/model-1.2.json in the repository finopsfoundation/focus_validator (CC BY 4.0); save it and run: setpoint focus model add <file>';

function functionsIn(tree: unknown): readonly string[] {
  if (tree === null || typeof tree !== 'object') return [];
  return Object.entries(tree).flatMap(([key, value]) =>
    key === 'CheckFunction' ? [String(value)] : functionsIn(value),
  );
}

function isCheckFunction(name: string): name is CheckFunction {
  return (CHECK_FUNCTIONS as readonly string[]).includes(name);
}

/** A tree is only shaped here; its functions and arguments are read when it is compiled, rule by rule. */
function treeOf(tree: Readonly<Record<string, unknown>>): Check | undefined {
  return Object.keys(tree).length === 0 ? undefined : (tree as unknown as Check);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ModelError(`This is no JSON. ${WHERE_TO_GET_IT}`);
  }
}
