import { badInput } from '../failure.ts';

/** Throws `weights-are-lfs-pointer` where a file begins as a Git LFS pointer does, which stands for the real one. */
export function requireNoLfsPointer(start: Buffer, file: string): void {
  if (!start.toString('latin1').startsWith('version https://git-lfs')) return;
  throw badInput(
    'weights-are-lfs-pointer',
    `${file} is a Git LFS pointer, not the weights themselves. Run "git lfs pull" in that folder, or ` +
      'download the file.',
    { file },
  );
}
