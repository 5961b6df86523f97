import { badInput } from '../../native-models/failure.ts';
import type { Handlers } from '../../preload/contract/contract.ts';
import type { HandlerContext } from './context.ts';

export function filesHandlers({ desktop, folders }: HandlerContext): Handlers['files'] {
  const lister = () => {
    if (folders === null)
      throw badInput('browser-only', "The desktop app opens the system's own dialog; use files.choose.");
    return folders;
  };
  return {
    choose: ({ purpose }) => needDesktop(desktop).choose(purpose),
    roots: () => lister().roots(),
    list: ({ folder }) => lister().list(folder),
  };
}

/** @throws Failure `desktop-only` */
export function needDesktop<D>(desktop: D | null): D {
  if (desktop === null)
    throw badInput('desktop-only', 'This needs the desktop app; the page in a browser cannot do it.');
  return desktop;
}
