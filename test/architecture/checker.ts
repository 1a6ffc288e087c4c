/** Holds a project against the house rules and says in words what is broken. */
import { RULES } from './rules.ts';
import { readSources } from './source.ts';
import type { House } from './house.ts';
import type { Fault, RuleName } from './rules.ts';

export const RULE_NAMES = Object.keys(RULES) as readonly RuleName[];

export interface Finding {
  /** Broken rules that no exception covers. */
  readonly faults: readonly Fault[];
  /** What is wrong with the list of exceptions itself: spent, unexplained, or longer than it was. */
  readonly exceptionFaults: readonly string[];
}

/** Checks a project. Folders other than src matter for names and barrels only. */
export function checkHouse(root: string, house: House): Finding {
  const sources = readSources(root, ['src', 'test', 'bench', 'demo']);
  const found = Object.values(RULES).flatMap((rule) => rule(sources, house));
  const covers = (fault: Fault) =>
    house.exceptions.some((one) => one.rule === fault.rule && one.path === fault.path);
  const spent = house.exceptions.filter(
    (one) => !found.some((fault) => fault.rule === one.rule && fault.path === one.path),
  );
  const unexplained = house.exceptions.filter((one) => one.reason.trim() === '');
  return {
    faults: found.filter((fault) => !covers(fault)),
    exceptionFaults: [
      ...spent.map((one) => `${one.path} no longer breaks "${one.rule}": strike the exception out`),
      ...unexplained.map((one) => `${one.path}: an exception from "${one.rule}" needs a reason`),
      ...(house.exceptions.length > house.mostExceptions
        ? [
            `there are ${house.exceptions.length} exceptions and ${house.mostExceptions} are allowed: the list may only shrink`,
          ]
        : []),
    ],
  };
}

/** One line per fault, as a person reads it. */
export function describeFault({ path, line, says }: Fault): string {
  return `${path}:${line} ${says}`;
}
