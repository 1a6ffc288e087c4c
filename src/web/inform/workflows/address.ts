/** The way to the page of one workflow, and what that page asks about. */
import type { MouseEvent } from 'react';

import type { Conditions } from '../../parts/conditions.ts';
import { goTo, keptSearch, onLink } from '../../parts/path.ts';

/** What names no workflow has no page: the question there is who should have named it. */
export function pathOf(name: string): string {
  return name === '' ? 'attribution' : `workflows/${encodeURIComponent(name)}`;
}

/** For an `a`. */
export function workflowLink(name: string): {
  readonly href: string;
  readonly onClick: (event: MouseEvent) => void;
} {
  return { href: `/${pathOf(name)}${keptSearch()}`, onClick: onLink(pathOf(name)) };
}

export function goToWorkflow(name: string): void {
  goTo(pathOf(name));
}

/**
 * The filters with this workflow in place of any other: values of one dimension are alternatives, so that a second workflow
 * would be added and not asked apart.
 */
export function onlyWorkflow(where: Conditions, name: string): Conditions {
  return [...where.filter((condition) => !isOfWorkflow(condition)), `workflow=${name}`];
}

export function isOfWorkflow(condition: string): boolean {
  return /^workflow!?=/.test(condition);
}
