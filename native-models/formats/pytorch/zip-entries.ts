import yauzl from 'yauzl';
import { PickleRefused } from './rebuild.ts';

/** Bytes of an entry that is stored as it is, within the archive. */
export interface ZipEntry {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** A shard has a few hundred tensors, each an entry. */
const mostEntries = 200_000;

/**
 * Where the entries of a zip archive lie, by name. PyTorch stores them uncompressed, so that a tensor can be read in
 * place; anything else is refused. Throws {@link PickleRefused}.
 */
export async function zipEntries(path: string): Promise<ReadonlyMap<string, ZipEntry>> {
  try {
    const archive = await yauzl.openPromise(path, { autoClose: false, validateEntrySizes: false });
    try {
      return await placesIn(archive);
    } finally {
      archive.close();
    }
  } catch (error) {
    if (error instanceof PickleRefused) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PickleRefused(`an archive that is damaged or cut short (${reason})`);
  }
}

async function placesIn(archive: yauzl.ZipFile): Promise<ReadonlyMap<string, ZipEntry>> {
  if (archive.entryCount > mostEntries)
    throw new PickleRefused(`${archive.entryCount} entries, more than a file of weights has`);
  const places = new Map<string, ZipEntry>();
  for await (const entry of archive.eachEntry()) {
    const { fileName: name, compressedSize: lengthBytes, relativeOffsetOfLocalHeader: offset } = entry;
    if (places.has(name)) throw new PickleRefused(`two entries named "${name}"`);
    if (entry.compressionMethod !== 0) throw new PickleRefused(`the entry "${name}", which is compressed`);
    if (entry.isEncrypted()) throw new PickleRefused(`the entry "${name}", which is encrypted`);
    if (lengthBytes !== entry.uncompressedSize)
      throw new PickleRefused(`the entry "${name}", whose two lengths differ`);
    if (offset + lengthBytes > archive.fileSize)
      throw new PickleRefused(`the entry "${name}", which ends beyond the file`);
    const { fileDataStart } = await archive.readLocalFileHeaderPromise(entry, { minimal: true });
    places.set(name, { offsetBytes: fileDataStart, lengthBytes });
  }
  return places;
}
