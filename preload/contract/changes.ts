/**
 * Parts of a library of which pages keep copies. Labels have feeds of their own. Pages load this list, so it stands
 * apart from the schemas: zod makes code from text, which the pages' policy reports.
 */
export const changeable = [
  'projects',
  'models',
  'datasets',
  'hyperparameters',
  'runs',
  'evaluation',
  'exports',
  'trash',
  'app',
] as const;
export type Change = (typeof changeable)[number];
