import type { Library } from '../library/library.ts';

/** What is known once a file was read to its end. */
export interface DatasetCounts {
  /** SHA-256 of the file's bytes, hexadecimal. */
  readonly sha256: string;
  readonly rejected: number;
  readonly duplicates: number;
}

/**
 * The last step of an import, in one transaction: the pairs become visible with their imported labels, and one
 * event that holds a hash of all of them joins the label log.
 * @returns how many pairs were accepted
 */
export declare function finishDataset(library: Library, datasetId: number, counts: DatasetCounts): number;
