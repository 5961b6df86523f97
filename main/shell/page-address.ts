/** Where the interface lives: a scheme of our own, so that it has an origin and no file access. */
export const scheme = 'app';
export const origin = `${scheme}://studio`;
export const startAddress = `${origin}/index.html`;

/** Whether an address is a page of ours. Parsed, never compared by its beginning: `app://studio.evil` is not ours. */
export function isOwnPage(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && url.protocol === `${scheme}:` && url.host === 'studio';
}
