import type { Library } from '../../library/library.ts';
import type { ReadOpinions } from './import-opinions.ts';
import { opinionsOfArgilla } from './opinions-of-argilla.ts';
import { opinionsOfLabelStudio } from './opinions-of-label-studio.ts';
import { opinionsOfLabelsFile } from './opinions-of-labels-file.ts';
import { pairFinder } from './pair-finder.ts';

/** What a file of opinions may be. */
export type OpinionFileFormat = 'labels-jsonl' | 'labels-csv' | 'argilla' | 'label-studio';

/** Reads the opinions of a file about pairs of a project; what cannot be read comes back as problems. */
export function readOpinionFile(
  library: Library,
  projectId: number,
  text: string,
  format: OpinionFileFormat,
): ReadOpinions {
  const finder = pairFinder(library, projectId);
  switch (format) {
    case 'labels-jsonl':
      return opinionsOfLabelsFile(text, 'jsonl', finder);
    case 'labels-csv':
      return opinionsOfLabelsFile(text, 'csv', finder);
    case 'argilla':
      return opinionsOfArgilla(text, finder);
    case 'label-studio':
      return opinionsOfLabelStudio(text, finder);
  }
}
