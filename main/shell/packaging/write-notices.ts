import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failed } from '../../../native-models/failure.ts';
import { collectNotices, nodeLicence, noticesFile, noticesText } from '../../notices/notices.ts';

/** After a build: the notices that the installers carry, for the app to show and as a text beside it. */

const root = fileURLToPath(new URL('../../..', import.meta.url));
if (nodeLicence(root) === null)
  throw failed(
    'licence-missing',
    'The licence of the Node that is packed was not found. Use a Node from nodejs.org, whose folder has a LICENSE.',
    {},
  );
const notices = collectNotices(root);
mkdirSync(join(root, 'out/notices'), { recursive: true });
writeFileSync(join(root, noticesFile), `${JSON.stringify(notices)}\n`);
writeFileSync(join(root, 'out/notices/LICENSE-node.txt'), nodeLicence(root) ?? '');
writeFileSync(join(root, 'out/notices/THIRD-PARTY-NOTICES.txt'), noticesText(notices));
