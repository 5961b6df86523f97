/**
 * Labels as fast as it can and writes the number of the last event after each edit that was acknowledged; to be killed.
 */
import { openLibrary } from '../library/library.ts';
import { chainHead } from './chain.ts';
import { editLabels } from './edit.ts';

const [dir = '', project = ''] = process.argv.slice(2);
const library = openLibrary(dir);
const pairIds = library.db.prepare<[], number>('SELECT id FROM pairs ORDER BY id').pluck().all();
for (let turn = 0; ; turn += 1) {
  for (const pairId of pairIds) {
    editLabels(library, Number(project), { reviewer: `reviewer ${process.pid}`, reason: '' }, [
      { pairId, field: 'verdict', side: 'a', value: turn % 2 === 0 },
      { pairId, field: 'note', side: 'b', value: `turn ${turn}` },
    ]);
    process.stdout.write(`${chainHead(library).seq}\n`);
  }
}
