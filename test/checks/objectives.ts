import { objectiveNames } from '../../native-models/vocabulary/objectives.ts';
import { refuseComparisons } from './comparisons.ts';

/**
 * `npm run check:objectives`: no decision compares the name of an objective. What differs between objectives is in
 * its entry in native-models/vocabulary/objectives.ts or by its loss in native-models/objectives.
 */
refuseComparisons(
  ['objective'],
  objectiveNames,
  ['native-models/vocabulary/objectives', 'native-models/objectives/'],
  'An objective is compared by name. Read its facts or its loss instead:',
);
