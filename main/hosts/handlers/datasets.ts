import type { Handlers } from '../../../preload/contract/contract.ts';
import { notAvailable } from './not-available.ts';

export function datasetsHandlers(): Handlers['datasets'] {
  return {
    list: notAvailable('datasets.list'),
    preview: notAvailable('datasets.preview'),
    import: notAvailable('datasets.import'),
    importProgress: notAvailable('datasets.importProgress'),
    cancelImport: notAvailable('datasets.cancelImport'),
    rejectedRows: notAvailable('datasets.rejectedRows'),
    rejectedCsv: notAvailable('datasets.rejectedCsv'),
    setWeight: notAvailable('datasets.setWeight'),
    trash: notAvailable('datasets.trash'),
    restore: notAvailable('datasets.restore'),
    split: notAvailable('datasets.split'),
    setSplit: notAvailable('datasets.setSplit'),
  };
}
