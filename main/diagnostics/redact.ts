const entryLine = /^\d{4}-\d\d-\d\dT[\d:.]+Z [\w.-]+$/;
const errorLine = /^(?:Uncaught )?(\w*Error)\b/;
const frameLine = /^\s+at (?:(?:async )?([\w.#<>[\] ]+) \()?(.*?)(:\d+:\d+)\)?$/;
/** A file of the app's own, after whatever folder it was installed in. */
const ownFile = /(?:^|\/)((?:app\.asar\/out|main|native-models|preload|renderer|out|node_modules)\/[\w./@-]+)$/;

/**
 * A log with only what is known to be the app's own: when and where, the class of an error, and the places in the app
 * it came through. Messages are left out whole, because they may quote paths, names and data of the person's.
 */
export function redactLog(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    if (entryLine.test(line)) return [line];
    const kind = errorLine.exec(line)?.[1];
    if (kind !== undefined) return [`${kind}: (message left out)`];
    const frame = frameLine.exec(line);
    return frame === null ? [] : [`    at ${frame[1] ?? '(anonymous)'} ${placeOf(frame[2] ?? '')}${frame[3] ?? ''}`];
  });
}

function placeOf(file: string): string {
  if (file.startsWith('node:')) return file;
  return ownFile.exec(file.replaceAll('\\', '/'))?.[1] ?? '(elsewhere)';
}

/** A text of the app's own in which a path may have been put. */
export function withoutPaths(text: string): string {
  return text.replaceAll(/\S*[\\/]\S+/g, '(path)');
}
