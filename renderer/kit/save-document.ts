import type { TextDocument } from '../../preload/contract/views.ts';

/** Offers a document as a download. */
export function saveDocument(file: TextDocument): void {
  const address = URL.createObjectURL(new Blob([file.text], { type: file.mediaType }));
  const link = document.createElement('a');
  link.href = address;
  link.download = file.fileName;
  link.click();
  URL.revokeObjectURL(address);
}
