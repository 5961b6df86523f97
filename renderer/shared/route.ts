import { wizardSteps, type WizardStep } from '../../native-models/vocabulary/lists.ts';

const stepTitles: { readonly [step in WizardStep]: string } = {
  model: 'Model',
  data: 'Data',
  review: 'Review',
  hyperparameters: 'Settings',
  train: 'Train',
  evaluate: 'Evaluate',
  export: 'Export',
};

/** The steps of the wizard, in order, with the words the person sees. */
export const steps: readonly { readonly step: WizardStep; readonly title: string }[] = wizardSteps.map((step) => ({
  step,
  title: stepTitles[step],
}));

export type Route =
  | { readonly screen: 'home' | 'runs' | 'trash' | 'doctor' | 'preferences' | 'help' | 'offline' }
  | { readonly screen: 'compare'; readonly runIds: readonly string[] }
  | { readonly screen: 'error'; readonly code: string }
  | { readonly screen: 'pairs'; readonly projectId: number; readonly set: string }
  /** `runId`: the run that Train, Evaluate or Export shows; null takes the newest. */
  | { readonly screen: 'step'; readonly projectId: number; readonly step: WizardStep; readonly runId: string | null };

const plainScreens = ['runs', 'trash', 'doctor', 'preferences', 'help', 'offline'] as const;

/** Reads a location hash; anything unknown leads home. */
export function parseRoute(hash: string): Route {
  const parts = hash.replace(/^#\/?/, '').split('/').map(decode);
  const [first = '', second = '', third = '', fourth = ''] = parts;
  const plain = plainScreens.find((screen) => screen === first);
  if (plain === 'runs' && second === 'compare' && third !== '')
    return { screen: 'compare', runIds: [...new Set(third.split(','))] };
  if (plain !== undefined) return { screen: plain };
  if (first === 'errors' && second !== '') return { screen: 'error', code: second };
  const projectId = Number(second);
  if (first !== 'project' || !Number.isSafeInteger(projectId) || projectId < 1) return { screen: 'home' };
  if (third === 'pairs') return { screen: 'pairs', projectId, set: fourth === '' ? 'all' : fourth };
  const step = steps.find((entry) => entry.step === third)?.step ?? 'model';
  return { screen: 'step', projectId, step, runId: fourth === '' ? null : fourth };
}

/** The hash of a route; `parseRoute(formatRoute(route))` gives the route again. */
export function formatRoute(route: Route): string {
  switch (route.screen) {
    case 'home':
      return '#/';
    case 'compare':
      return `#/runs/compare/${encodeURIComponent(route.runIds.join(','))}`;
    case 'error':
      return `#/errors/${encodeURIComponent(route.code)}`;
    case 'pairs':
      return `#/project/${route.projectId}/pairs/${encodeURIComponent(route.set)}`;
    case 'step':
      return (
        `#/project/${route.projectId}/${route.step}` +
        (route.runId === null ? '' : `/${encodeURIComponent(route.runId)}`)
      );
    default:
      return `#/${route.screen}`;
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
