import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { CODES } from '../src/binding/errors.js';
import { grantTexts } from '../src/binding/grant-text.js';
import type { Intent } from '../src/binding/intent.js';
import { absent } from '../src/binding/observed.js';
import { GITOPS_ROWS } from '../src/checks/gitops.js';
import { gitopsGrants } from '../src/checks/gitops-grants.js';
import { BINDING_ROWS } from '../src/checks/table.js';
import { CONTRACT_ROWS } from '../src/contract/check.js';
import { FLEET_ROWS } from '../src/contract/fleet.js';
import { INPUTS } from '../src/inputs/row.js';
import { parseInputs } from '../src/inputs.js';
import { MODES } from '../src/modes.js';
import { emptyFacts, survey } from './fixtures/facts.js';
import { secret } from './fixtures/intent.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILES = [ROOT, join(ROOT, 'docs'), join(ROOT, 'examples')]
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name).slice(ROOT.length)))
  .filter((name) => name.endsWith('.md'));

const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

/** Text without fenced blocks, where `#` opens a comment and brackets are no links. */
const prose = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '');

const blocks = (text: string, language: string): readonly string[] =>
  [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, found, body]) =>
    found === language ? [body ?? ''] : [],
  );

/** Headings with what follows until the next one of any level; a `#` in a fenced block is none. */
function sections(name: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let title = '';
  let fenced = false;
  for (const line of read(name).split('\n')) {
    if (line.startsWith('```')) fenced = !fenced;
    const heading = fenced ? undefined : /^#{1,6} (.*)$/.exec(line)?.[1];
    if (heading !== undefined) title = heading.replaceAll('`', '');
    else found.set(title, `${found.get(title) ?? ''}${line}\n`);
  }
  return found;
}

function titles(name: string, level: number): readonly string[] {
  return [...prose(read(name)).matchAll(/^(#{1,6}) (.*)$/gm)]
    .filter(([, hashes]) => hashes?.length === level)
    .map(([, , title = '']) => title.replaceAll('`', ''));
}

function body(name: string, title: string): string {
  return sections(name).get(title) ?? '';
}

/** The anchors that GitHub gives the headings of a file. */
function anchors(name: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const found = [...prose(read(name)).matchAll(/^#{1,6} (.*)$/gm)].map(([, title = '']) => {
    const slug = title
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
  return new Set(found);
}

/** First cells of the table rows below a heading. */
function rows(name: string, title: string): readonly string[] {
  const cells = [...body(name, title).matchAll(/^\| ([^|]*) \|/gm)].map(([, cell = '']) => cell);
  return cells.map((cell) => /`([^`]+)`/.exec(cell)?.[1] ?? '').filter((cell) => cell !== '');
}

interface Action {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}
const ACTION = load(read('action.yml')) as Action;

function intentOf(inputs: Readonly<Record<string, string>>, canMintOidcToken = true): Intent {
  const given = { names: Object.keys(inputs), input: (name: string) => inputs[name], env: () => undefined };
  return parseInputs({ ...given, secret: () => secret(), canMintOidcToken }).intent;
}

test('every error code has a heading, and every heading is a code', () => {
  expect([...titles('docs/errors.md', 2)].sort()).toEqual(Object.keys(CODES).sort());
});

test.each(Object.keys(CODES))(
  '%s is linked as it is anchored, and says what was seen, what it means, what to do',
  (code) => {
    expect(anchors('docs/errors.md')).toContain(code.toLowerCase());
    expect([...body('docs/errors.md', code).matchAll(/^- \*\*(\w+)\*\* /gm)].map(([, word]) => word)).toEqual([
      'Seen',
      'Means',
      'Do',
    ]);
  },
);

describe('checks', () => {
  const fleet = Object.values(FLEET_ROWS).map((row) => ({ ...row, severity: 'error' }));
  const all = [...fleet, ...BINDING_ROWS, ...GITOPS_ROWS, ...CONTRACT_ROWS];

  test('every id has a heading, in the order shown, and every heading is an id', () => {
    expect(titles('docs/checks.md', 2)).toEqual(all.map(({ id }) => id));
  });

  test.each(all)('$id: green is what the check says, and red and next are there', ({ id, description, severity }) => {
    const text = body('docs/checks.md', id).replaceAll('`', '').replace(/\s+/g, ' ');
    expect(text).toContain(`- **green** ${description}`);
    expect(text).toContain('- **red** ');
    expect(text).toContain('- **next** ');
    expect(text.includes('changes no verdict')).toBe(severity === 'warning');
  });

  test.each(CONTRACT_ROWS)('$id: its entry of the list is told', ({ id, code }) => {
    expect(body('docs/checks.md', id)).toContain(`\n${code}.`);
  });
});

describe('inputs', () => {
  const ids = Object.keys(ACTION.inputs);

  test('action.yml, the code, docs/inputs.md and the README have the same ones in the same order', () => {
    expect(INPUTS.map(({ id }) => id)).toEqual(ids);
    expect(titles('docs/inputs.md', 2)).toEqual(ids);
    expect(rows('README.md', 'Inputs')).toEqual(ids);
  });

  test.each(INPUTS)('$id: its default and its variables are told', ({ id, preset, variables }) => {
    const text = body('docs/inputs.md', id);
    for (const line of [...preset.split('\n'), ...variables]) expect(text).toContain(line);
    expect(text).toMatch(/default|required/i);
  });

  test('the modes are told as the table of modes tells them', () => {
    expect(rows('docs/inputs.md', 'mode')).toEqual(Object.keys(MODES));
    expect(rows('README.md', 'Modes')).toEqual(Object.keys(MODES));
    for (const { purpose } of Object.values(MODES)) expect(body('docs/inputs.md', 'mode')).toContain(purpose);
  });
});

test('action.yml and the README have the same outputs', () => {
  expect(rows('README.md', 'Outputs')).toEqual(Object.keys(ACTION.outputs));
});

describe('README', () => {
  const readme = read('README.md');

  test('begins with the two commands, which make knows', () => {
    const [first = ''] = blocks(readme, 'sh');
    const targets = [...first.matchAll(/^make (\w+)/gm)].map(([, target]) => target ?? '');
    expect(targets).toEqual(['demo', 'test']);
    expect(readme.indexOf(first)).toBeLessThan(50);
    for (const target of targets) expect(read('Makefile')).toMatch(new RegExp(`^${target}:`, 'm'));
  });

  test('its workflow is one that the action takes', () => {
    interface Job {
      readonly permissions?: Readonly<Record<string, string>>;
      readonly steps: readonly { readonly with: Readonly<Record<string, string>> }[];
    }
    const [workflow = ''] = blocks(readme, 'yaml');
    const { jobs } = load(workflow) as { jobs: Readonly<Record<string, Job>> };
    const intents = Object.values(jobs).flatMap(({ permissions, steps }) =>
      steps.map((step) => intentOf(step.with, permissions?.['id-token'] === 'write')),
    );
    expect(intents.map(({ mode, vault }) => `${mode} by ${vault.method} as ${vault.role}`)).toEqual([
      'bind by jwt as vault-cluster-bind',
      'verify by jwt as vault-cluster-verify',
    ]);
  });

  test('its laptop commands set inputs that exist', () => {
    const names = [...readme.matchAll(/\bINPUT_([A-Z_]+)=/g)].map(([, name = '']) =>
      name.toLowerCase().replaceAll('_', '-'),
    );
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(Object.keys(ACTION.inputs)).toContain(name);
  });
});

describe('docs/permissions.md', () => {
  const [given = ''] = blocks(read('docs/permissions.md'), 'yaml');
  const intent = intentOf({
    ...(load(given) as Record<string, string>),
    'vault-role': 'vault-cluster-bind',
    'kube-server': 'https://api.prodtest.example.com:6443',
    'kube-token': 'planted',
  });
  const facts = emptyFacts();
  const seen = survey({ ...facts, cluster: { ...facts.cluster, openshift: absent } }, intent);
  const filled = (text: string): string =>
    text
      .replaceAll(seen.hash, '<hash>')
      .replaceAll(JSON.stringify(seen.desiredCaPem), '"<the CA bundle, PEM on one line>"')
      .trim();
  const grants = grantTexts(seen, gitopsGrants(intent));

  test.each(grants)('has what plan prints for $identity', ({ identity, vaultPolicy, jwtRole, rbac }) => {
    const text = body('docs/permissions.md', identity);
    const shown = ['hcl', 'sh', 'yaml'].map((language) => blocks(text, language).join('').trim());
    expect(shown).toEqual([filled(vaultPolicy), filled(jwtRole), filled(rbac)]);
  });
});

describe.each(FILES)('%s', (name) => {
  const links = [...prose(read(name)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  const local = links.filter((target) => !/^[a-z]+:/.test(target));

  test('its links lead somewhere', () => {
    for (const target of local) {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? name : join(dirname(name), path);
      expect(existsSync(join(ROOT, file)) ? target : `${target} does not exist`).toBe(target);
      if (anchor !== undefined) expect(anchors(file).has(anchor) ? target : `${target} is no heading`).toBe(target);
    }
  });

  test('stands on its own', () => {
    expect(read(name)).not.toMatch(/design\.md|handoff\.md|semantics\.md|style\.md|\bshared\/|\/work\b|\/tmp\b/);
  });
});
