/**
 * Settings as versions before December 2026 stored them, under today's names: what `keptLayers` is now was
 * `layerCheckpointing`, with 0 or `false` for all layers and `true` for the last one. Anything else is given back as it
 * is.
 */
export function renameOlderSettings(settings: unknown): unknown {
  if (typeof settings !== 'object' || settings === null || !('layerCheckpointing' in settings)) return settings;
  const { layerCheckpointing, ...others } = settings;
  return { keptLayers: keptLayersOf(layerCheckpointing), ...others };
}

function keptLayersOf(older: unknown): unknown {
  if (older === 0 || older === false) return 'all';
  return older === true ? 1 : older;
}
