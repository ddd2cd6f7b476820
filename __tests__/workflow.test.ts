import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { INPUTS } from '../src/inputs/row.js';
import { MODES } from '../src/modes.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ACTION = 'bitiq-io/vault-cluster-bind@v1';

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}

interface Job {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly 'cancel-in-progress': boolean };
  readonly strategy?: { readonly 'fail-fast': boolean };
  readonly steps?: readonly Step[];
}

interface Call {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly required?: boolean }>>;
  readonly secrets: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly on: { readonly workflow_call?: Call; readonly schedule?: readonly { readonly cron: string }[] };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (path: string): Workflow => load(readFileSync(join(ROOT, path), 'utf8')) as Workflow;
const CALLED = ['bind', 'rotate', 'gate'].map((name) => ({
  name,
  workflow: read(`.github/workflows/${name}.yml`),
}));
const EXAMPLES = readdirSync(join(ROOT, 'examples'))
  .filter((name) => name.endsWith('.yml'))
  .map((name) => ({ name, workflow: read(`examples/${name}`) }));
const ALL = [...CALLED, ...EXAMPLES];

const stepsOf = ({ jobs }: Workflow): readonly Step[] => Object.values(jobs).flatMap(({ steps = [] }) => steps);
const ours = (steps: readonly Step[]): readonly Step[] => steps.filter(({ uses }) => uses === ACTION);
const modesOf = (workflow: Workflow): readonly string[] => [
  ...new Set(ours(stepsOf(workflow)).map((step) => step.with?.['mode'] ?? 'bind')),
];

describe.each(ALL)('$name', ({ workflow }) => {
  test('every foreign action is pinned, and ours is the release', () => {
    const uses = stepsOf(workflow).flatMap((step) => (step.uses === undefined ? [] : [step.uses]));
    expect(uses.filter((name) => name !== ACTION && !/@[0-9a-f]{40}$/.test(name))).toEqual([]);
  });

  test('the action is given inputs that it has', () => {
    const known = INPUTS.map(({ id }) => id as string);
    const given = ours(stepsOf(workflow)).flatMap((step) => Object.keys(step.with ?? {}));
    expect(given.filter((name) => !known.includes(name))).toEqual([]);
  });

  test('no expression is part of a script', () => {
    expect(stepsOf(workflow).filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });

  test('no job that writes is cancelled by another', () => {
    const jobs = Object.values(workflow.jobs);
    expect(jobs.filter(({ concurrency }) => concurrency?.['cancel-in-progress'] === true)).toEqual([]);
    expect(jobs.filter(({ strategy }) => strategy !== undefined && strategy['fail-fast'] !== false)).toEqual([]);
  });
});

describe.each(CALLED)('$name.yml', ({ name, workflow }) => {
  const { inputs, secrets } = workflow.on.workflow_call ?? { inputs: {}, secrets: {} };
  const docs = readFileSync(join(ROOT, 'docs', 'workflows.md'), 'utf8');
  const text = readFileSync(join(ROOT, '.github', 'workflows', `${name}.yml`), 'utf8');

  test('every input is used, told in docs/workflows.md, and nothing else is asked for', () => {
    const asked = [...text.matchAll(/\binputs\.([a-z-]+)/g)].map(([, id = '']) => id);
    expect([...new Set(asked)].sort()).toEqual(Object.keys(inputs).sort());
    for (const id of [...Object.keys(inputs), ...Object.keys(secrets)]) expect(docs).toContain(`\`${id}\``);
  });

  test('an input that the action has by the same name reaches it', () => {
    const [mode = ''] = modesOf(workflow).filter((one) => one !== 'fleet' && one !== 'plan');
    const [step] = ours(stepsOf(workflow)).filter((one) => one.with?.['mode'] === mode);
    const own = ['cluster', 'mount', 'clusters-path'];
    for (const { id } of INPUTS.filter((row) => row.id in inputs && !own.includes(row.id)))
      expect([id, step?.with?.[id]]).toEqual([id, `\${{ inputs.${id} }}`]);
  });

  test('it runs as one mode, which for the gate writes nothing', () => {
    const modes = modesOf(workflow).filter((mode) => mode !== 'fleet');
    expect(modes).toEqual({ bind: ['bind'], rotate: ['rotate'], gate: ['plan', 'verify'] }[name]);
    if (name === 'gate') for (const mode of modes) expect(MODES[mode as 'plan'].writes).toBe(false);
  });

  test('what needs no identity is given none', () => {
    for (const id of ['list', 'table', 'contract'])
      if (workflow.jobs[id]) expect(workflow.jobs[id].permissions).toEqual({ contents: 'read' });
    for (const step of ours(stepsOf(workflow)).filter((one) => /fleet|plan/.test(one.with?.['mode'] ?? '')))
      expect(JSON.stringify(step)).not.toMatch(/secrets\.|vault-role|github-token/);
  });

  test('the first cluster is done as the others are', () => {
    const { first, rest } = workflow.jobs;
    if (!first || !rest) return;
    const [alone = [], among = []] = [first, rest].map(({ steps = [] }) =>
      steps.filter(({ id, name: at }) => id === name || at?.startsWith('keep')),
    );
    expect(alone).toHaveLength(2);
    expect(alone).toEqual(among);
  });
});

describe.each(EXAMPLES)('examples/$name', ({ name, workflow }) => {
  const text = readFileSync(join(ROOT, 'examples', name), 'utf8');

  test('has a line in the README', () => {
    expect(readFileSync(join(ROOT, 'examples', 'README.md'), 'utf8')).toContain(`[${name}](${name})`);
  });

  test('grants nothing but what its jobs say, and OIDC where there is a login', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) {
      const logsIn = job.uses !== undefined || ours(job.steps ?? []).some((step) => step.with?.['mode'] !== 'fleet');
      expect(job.permissions?.['id-token']).toBe(logsIn ? 'write' : undefined);
      expect(job.permissions?.['contents']).toBe('read');
    }
  });

  test('a called workflow is given what it asks for', () => {
    for (const { uses, with: given = {}, secrets = {} } of Object.values(workflow.jobs)) {
      const called = CALLED.find((one) => uses?.includes(`/${one.name}.yml@v1`))?.workflow.on.workflow_call;
      if (!called) continue;
      expect(Object.keys(given).filter((id) => !(id in called.inputs))).toEqual([]);
      expect(Object.keys(secrets).filter((id) => !(id in called.secrets))).toEqual([]);
      for (const [id, { required }] of Object.entries(called.inputs)) if (required) expect(given).toHaveProperty(id);
    }
  });

  test('what is scheduled can be tried out, and does not run on the full hour', () => {
    const crons = workflow.on.schedule ?? [];
    if (crons.length > 0) expect(workflow.on).toHaveProperty('workflow_dispatch');
    for (const { cron } of crons) expect(Number(cron.split(' ')[0]) % 5).not.toBe(0);
  });

  test('its placeholders are marked', () => {
    const open = text.split('\n').filter((line) => /example\.com|example-org/.test(line) && !line.includes('# yours'));
    expect(open).toEqual([]);
  });
});
