import { objectiveSettings } from '../../vocabulary/objectives.ts';

/**
 * Settings as an earlier version stored them, for today's schemas. Settings of objectives that came later get their
 * defaults: no objective of that version looks at them. Before December 2026 `keptLayers` was `layerCheckpointing`,
 * with 0 or `false` for all layers and `true` for the last one. Anything else is given back as it is.
 */
export function upgradeSettings(settings: unknown): unknown {
  if (typeof settings !== 'object' || settings === null) return settings;
  const complete = { ...laterDefaults, ...settings };
  if (!('layerCheckpointing' in complete)) return complete;
  const { layerCheckpointing, ...others } = complete;
  return { keptLayers: keptLayersOf(layerCheckpointing), ...others };
}

const laterDefaults = Object.fromEntries(Object.entries(objectiveSettings).map(([name, row]) => [name, row.default]));

function keptLayersOf(older: unknown): unknown {
  if (older === 0 || older === false) return 'all';
  return older === true ? 1 : older;
}
