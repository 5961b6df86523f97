import { shell } from 'electron';
import type { Link } from '../../preload/contract/operations/app.ts';

/** The page sends a key; only these addresses ever reach the system's browser (security checklist, item 15). */
const addresses: { readonly [L in Link]: `https://${string}` } = {
  paper: 'https://arxiv.org/abs/2505.20065',
  'electron-security': 'https://www.electronjs.org/docs/latest/tutorial/security',
  licence: 'https://opensource.org/license/mit',
};

export function openLink(link: Link): Promise<void> {
  return shell.openExternal(addresses[link]);
}
