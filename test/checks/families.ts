import { families } from '../../native-models/families/registry.ts';
import { refuseComparisons } from './comparisons.ts';

/**
 * `npm run check:families`: only native-models/families may decide by a model's family or `model_type`. Every other
 * file reads the description that the family gives.
 */
refuseComparisons(
  ['family', 'model_type', 'modelType', 'genaiType'],
  families.flatMap(({ name, architecture }) => [name, architecture]),
  ['native-models/families/'],
  "A model's family is compared outside native-models/families. Read the description instead:",
);
