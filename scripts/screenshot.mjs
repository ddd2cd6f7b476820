// Shows a job summary as GitHub would and takes its picture:
//   node scripts/screenshot.mjs __tests__/golden/verify-red.md docs/images/summary.png [height in px]
// Needs a chromium on PATH (or CHROMIUM) and a folder, RENDERER, in which `npm install marked github-markdown-css` was
// run; both are for this picture alone and no dependencies of the project. `pngquant --force --ext .png <picture.png>`
// makes it small enough to commit.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [source, target, height = '1400'] = process.argv.slice(2);
const renderer = process.env['RENDERER'];
if (source === undefined || target === undefined || renderer === undefined) {
  console.error(
    'usage: RENDERER=<folder with marked and github-markdown-css> node scripts/screenshot.mjs <summary.md> <picture.png> [height]',
  );
  process.exit(2);
}

const required = createRequire(join(resolve(renderer), 'package.json'));
const { marked } = await import(pathToFileURL(required.resolve('marked')).href);
const css = readFileSync(required.resolve('github-markdown-css/github-markdown-light.css'), 'utf8');
const body = colourDiffs(marked.parse(readFileSync(source, 'utf8'), { gfm: true }));
const page = `<!doctype html><meta charset="utf-8"><style>${css}
  body { margin: 0; background: #fff; }
  .markdown-body { box-sizing: border-box; width: 1012px; padding: 24px 32px; }
  .add { color: #116329; background: #dafbe1; } .cut { color: #82071e; background: #ffebe9; } .mark { color: #953800; }
</style><article class="markdown-body">${body}</article>`;

/** GitHub colours diff blocks by the first character of a line. */
function colourDiffs(html) {
  return html.replace(/(<code class="language-diff">)([\s\S]*?)(<\/code>)/g, (_, open, text, close) => {
    const lines = text.split('\n').map((line) => {
      const kind = { '+': 'add', '-': 'cut', '!': 'mark' }[line[0]];
      return kind === undefined ? line : `<span class="${kind}">${line}</span>`;
    });
    return `${open}${lines.join('\n')}${close}`;
  });
}

const folder = mkdtempSync(join(tmpdir(), 'summary-'));
try {
  const file = join(folder, 'summary.html');
  writeFileSync(file, page);
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  const picture = [
    `--user-data-dir=${join(folder, 'profile')}`,
    '--hide-scrollbars',
    `--window-size=1012,${height}`,
    `--screenshot=${resolve(target)}`,
  ];
  execFileSync(process.env['CHROMIUM'] ?? 'chromium', [...flags, ...picture, pathToFileURL(file).href], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
