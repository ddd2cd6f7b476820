import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BindError, problem } from '../binding/errors.js';
import type { Material } from '../binding/intent.js';

const MAX_BYTES = 4 * 1024 * 1024;

/** The text a material stands for. Throws INPUT_INVALID that names the input and never the content. */
export function readMaterial(material: Material): string {
  const given = material.content.reveal();
  if (material.form === 'inline') return given;
  return material.form === 'base64' ? decode(given, material.source) : readText(given, material.source);
}

/** `~` is the home folder, as in a shell. */
export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

/** A small text file. Throws INPUT_INVALID that names the input it came from. */
export function readText(path: string, source: string): string {
  try {
    const bytes = readFileSync(expandHome(path));
    if (bytes.length > MAX_BYTES) throw new RangeError('too large');
    return bytes.toString('utf8');
  } catch (thrown) {
    const code = (thrown as { code?: unknown }).code;
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'it may not be read' : 'it cannot be read';
    throw new BindError(
      problem(
        'INPUT_INVALID',
        `${source} was taken for a path, and ${why}`,
        `Give ${source} as a path that exists, as text, or as base64.`,
      ),
    );
  }
}

function decode(text: string, source: string): string {
  const compact = text.replace(/\s+/g, '');
  const decoded = Buffer.from(compact, 'base64');
  const plain = decoded.toString('utf8');
  const clean = /^[A-Za-z0-9+/_-]+={0,2}$/.test(compact) && !plain.includes('\ufffd') && plain.trim() !== '';
  if (clean) return plain;
  throw new BindError(
    problem(
      'INPUT_INVALID',
      `${source} is neither text, nor base64 of text, nor a path`,
      `Set ${source} with: base64 -w0 <file>`,
    ),
  );
}
