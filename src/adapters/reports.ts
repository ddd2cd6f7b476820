import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MOST_BYTES = 8 * 1024 * 1024;
const MOST_FILES = 20_000;

/** Every JSON file below a folder, parsed; what is none is left out, because its cluster then shows as missing. */
export function readReports(folder: string): readonly unknown[] {
  return files(folder).flatMap((path) => {
    try {
      return statSync(path).size > MOST_BYTES ? [] : [JSON.parse(readFileSync(path, 'utf8')) as unknown];
    } catch {
      return [];
    }
  });
}

function files(folder: string): readonly string[] {
  try {
    const found = readdirSync(folder, { recursive: true, withFileTypes: true });
    return found
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .slice(0, MOST_FILES)
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}
