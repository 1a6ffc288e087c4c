/** Which calls are shown: `dimension=value` conditions, as the API takes them, and as one value of the address. */
export type Conditions = readonly string[];

/** Values may hold any character, so they are encoded like a query of their own. */
export function toAddress(conditions: Conditions): string {
  return new URLSearchParams(conditions.map(split)).toString();
}

export function fromAddress(text: string): Conditions {
  return [...new URLSearchParams(text)].map(([dimension, value]) => `${dimension}=${value}`);
}

/** For people: `support · CX · unattributed`. */
export function conditionsText(conditions: Conditions): string {
  return conditions
    .map(split)
    .map(([dimension, value]) => {
      const excluded = dimension.endsWith('!');
      if (value === '') return excluded ? `a ${dimension.slice(0, -1)} named` : `no ${dimension} named`;
      return excluded ? `not ${value}` : value;
    })
    .join(' · ');
}

function split(condition: string): [dimension: string, value: string] {
  const at = condition.indexOf('=');
  return [condition.slice(0, at), condition.slice(at + 1)];
}
