import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { user } from '../../sandbox/github-api/object.ts';
import { type ApiFault, type GitHubApi, type GitHubApiOptions, startGitHubApi } from '../../sandbox/github-api.ts';
import { openGitHub } from '../../src/adapters/github.js';
import { BindError } from '../../src/binding/errors.js';
import type { GitHubPort, RunEvent } from '../../src/github-port.js';
import { startHttps, startProxy } from '../adapters/wire.js';
import { secret } from '../fixtures/intent.js';

const MARKER = '<!-- vault-cluster-bind comment 0123456789abcdef01234567 -->';
const STRANGER = user('mallory', 'User', 666);
const TEXT = { title: 'not green', body: `${MARKER}\nnew` };

let github: GitHubApi;
let pull: number;

beforeEach(() => start());
afterEach(() => github.stop());

async function start(options: GitHubApiOptions = {}): Promise<void> {
  await github?.stop();
  github = await startGitHubApi(options);
  pull = github.world.addIssue(STRANGER, 'a change', '', [], true).number;
}

function event(over: Partial<RunEvent> = {}): RunEvent {
  return { name: 'pull_request', repository: 'bitiq-io/clusters', pull, fork: false, ...over };
}

interface Around {
  readonly about?: RunEvent;
  readonly env?: Readonly<Record<string, string>>;
  readonly token?: string;
}

function session<T>(
  work: (port: GitHubPort) => Promise<T>,
  { about = event(), env = {}, token }: Around = {},
): Promise<T> {
  const runner = { env: { GITHUB_API_URL: github.url, ...env }, userAgent: 'vault-cluster-bind/1 (+run)' };
  return openGitHub(runner, secret(token ?? github.token), about, new AbortController().signal)(work);
}

const put = (around?: Around) => session((port) => port.putComment(pull, MARKER, TEXT.body), around);
const create = () => session((port) => port.createIssue(MARKER, TEXT));
const bodies = () => (github.world.comments.get(pull) ?? []).map(({ body }) => body);
const issues = () => github.world.issues.filter((one) => one.pull_request === undefined);

/** What a session refuses. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const thrown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof BindError)) throw new Error(`not refused: ${thrown}`);
  return `${thrown.code}: ${thrown.message}. ${thrown.hint}`;
}

/** Holds every request that matches back until `count` of them are there, once. */
function together(count: number, matches: RegExp): void {
  let waiting = 0;
  let open = (): void => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  github.intercept = async ({ method, path }) => {
    if (!matches.test(`${method} ${path}`)) return undefined;
    waiting += 1;
    if (waiting >= count) open();
    await all;
    return undefined;
  };
}

/** The first `count` requests that match get `fault`. */
function faulty(fault: ApiFault, count = 1, matches = /./): void {
  let left = count;
  github.intercept = ({ method, path }) => {
    if (left === 0 || !matches.test(`${method} ${path}`)) return undefined;
    left -= 1;
    return fault;
  };
}

describe('a comment', () => {
  test('is added, and written anew the next time', async () => {
    expect(await put()).toBe('added');
    expect(await session((port) => port.putComment(pull, MARKER, `${MARKER}\nnewer`))).toBe('updated');
    expect(bodies()).toEqual([`${MARKER}\nnewer`]);
  });

  test('is found on the third page', async () => {
    for (let index = 0; index < 230; index++) github.world.addComment(pull, STRANGER, `talk ${index}`);
    github.world.addComment(pull, github.me, `${MARKER}\nold`);
    expect(await put()).toBe('updated');
    expect(bodies()).toHaveLength(231);
    expect(bodies().at(-1)).toBe(TEXT.body);
  });

  test('of a stranger is not touched though it carries the marker, nor one of ours that quotes it', async () => {
    const others = [`${MARKER}\nforged`, `> ${MARKER}\nquoted`];
    github.world.addComment(pull, STRANGER, others[0] ?? '');
    github.world.addComment(pull, github.me, others[1] ?? '');
    expect(await put()).toBe('added');
    expect(bodies()).toEqual([...others, TEXT.body]);
  });

  test('of a person is theirs alone, whoever else the marker came from', async () => {
    await start({ login: 'octocat', token: 'ghp_planted' });
    const bot = user('other[bot]', 'Bot', 7);
    github.world.addComment(pull, bot, `${MARKER}\nbot`);
    expect([await put(), await put()]).toEqual(['added', 'updated']);
    expect(bodies()).toEqual([`${MARKER}\nbot`, TEXT.body]);
  });

  test('is one when two jobs find none at the same moment', async () => {
    together(2, /^GET .*\/comments/);
    await Promise.all([put(), put()]);
    expect(bodies()).toEqual([TEXT.body]);
  });

  test('is the oldest of several that were left', async () => {
    const [first] = [1, 2, 3].map((index) => github.world.addComment(pull, github.me, `${MARKER}\n${index}`));
    await put();
    expect(github.world.comments.get(pull)).toEqual([expect.objectContaining({ id: first?.id, body: TEXT.body })]);
  });
});

describe('an issue', () => {
  const find = (thorough: boolean) => session((port) => port.openIssue(MARKER, thorough));

  test('is created with its label, found, updated and closed', async () => {
    expect(await find(true)).toBeUndefined();
    const number = await create();
    expect(await find(false)).toEqual({ number, body: TEXT.body });
    await session((port) => port.updateIssue(number, { ...TEXT, title: 'still' }));
    await session((port) => port.closeIssue(number, TEXT));
    expect(issues()).toEqual([
      expect.objectContaining({ number, state: 'closed', state_reason: 'completed', title: TEXT.title }),
    ]);
    expect(await find(true)).toBeUndefined();
  });

  test('is no pull request and none of a stranger', async () => {
    github.world.addIssue(STRANGER, 'forged', `${MARKER}\n`, ['vault-cluster-bind']);
    github.world.addIssue(github.me, 'ours, but a change', `${MARKER}\n`, ['vault-cluster-bind'], true);
    expect(await find(true)).toBeUndefined();
  });

  test('whose label was taken off is found by a thorough look', async () => {
    const { number } = github.world.addIssue(github.me, 'not green', TEXT.body);
    expect(await find(false)).toBeUndefined();
    expect(await find(true)).toMatchObject({ number });
  });

  test('is one when two jobs create it at the same moment', async () => {
    together(2, /^POST /);
    const numbers = await Promise.all([create(), create()]);
    expect(new Set(numbers).size).toBe(1);
    expect(
      issues()
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['closed', 'open']);
    expect(await find(true)).toMatchObject({ number: numbers[0] });
  });
});

describe('what GitHub refuses', () => {
  const PLANTED = 'planted by GitHub';
  const faults: readonly (readonly [string, ApiFault, RegExp])[] = [
    ['a dead token', { status: 401 }, /^GITHUB_FORBIDDEN: .*does not accept the token/],
    ['403', { status: 403 }, /^GITHUB_FORBIDDEN: .*pull-requests: write.*permissions:/],
    ['404', { status: 404 }, /^GITHUB_FORBIDDEN: .*HTTP 404/],
    ['410', { status: 410 }, /^GITHUB_FORBIDDEN: issues are switched off/],
    ['422', { status: 422 }, /^GITHUB_UNAVAILABLE: .*HTTP 422/],
    ['a long rate limit', { status: 429, headers: { 'retry-after': '60' } }, /^GITHUB_UNAVAILABLE: .*limits the rate/],
    [
      'a spent rate limit',
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '4102444800' } },
      /^GITHUB_UNAVAILABLE: .*limits the rate.* until 00:00 UTC/,
    ],
    ['a redirect', { status: 302, headers: { location: 'https://evil.example/' } }, /^GITHUB_UNAVAILABLE: .*redirect/],
  ];

  test.each(faults)('%s: one request, our own words', async (_, fault, wanted) => {
    faulty(typeof fault === 'string' ? fault : { ...fault, message: PLANTED }, 99);
    const said = await refusal(put());
    expect(said).toMatch(wanted);
    expect(said).not.toMatch(/planted|127\.0\.0\.1|evil/);
    expect(github.requests).toHaveLength(1);
  });

  test.each<[string, ApiFault]>([
    ['5xx', { status: 502 }],
    ['a short rate limit', { status: 429, headers: { 'retry-after': '1' } }],
    ['a secondary rate limit', { status: 403, headers: { 'retry-after': '1' } }],
    ['a connection that is cut', 'reset'],
  ])('%s: tried once more, and no third time', async (_, fault) => {
    faulty(fault);
    expect(await put()).toBe('added');
    faulty(fault, 99, /^(PATCH|POST)/);
    const before = github.requests.length;
    expect(await refusal(put())).toMatch(/^GITHUB_UNAVAILABLE/);
    expect(github.requests.slice(before).filter(({ method }) => method !== 'GET')).toHaveLength(2);
  });

  test('an answer that is lost leaves no second comment, and no second issue', async () => {
    faulty('lost', 1, /^POST/);
    await put();
    expect(bodies()).toEqual([TEXT.body]);
    const keep = async (port: GitHubPort): Promise<number> =>
      (await port.openIssue(MARKER, true))?.number ?? port.createIssue(MARKER, TEXT);
    faulty('lost', 1, /^POST/);
    await session(keep);
    expect(issues()).toHaveLength(1);
  });

  test('a job without the permission is told which, one of a fork why', async () => {
    await start({ permissions: { issues: 'none', pullRequests: 'read' } });
    expect(await refusal(put())).toContain('`pull-requests: write`');
    expect(await refusal(put({ about: event({ fork: true }) }))).toContain('fork');
    const { pull: _, ...nightly } = event({ name: 'schedule' });
    expect(await refusal(session((port) => port.openIssue(MARKER, true), { about: nightly }))).toContain(
      'issues: write',
    );
  });

  test('a body that is too long is refused there, as here', async () => {
    expect(await refusal(session((port) => port.putComment(pull, MARKER, MARKER.padEnd(65_537))))).toContain('422');
  });
});

describe('the way there', () => {
  test('a server below a path, and who is asking', async () => {
    await start({ basePath: '/api/v3' });
    expect(await put()).toBe('added');
    for (const { path, headers } of github.requests) {
      expect(path).toMatch(/^\/repos\/bitiq-io\/clusters\/issues\//);
      expect(headers['user-agent']).toMatch(/^vault-cluster-bind\/1 \(\+run\)/);
    }
  });

  test('the proxy of the environment', async () => {
    const server = await startHttps((_, response) => void response.end());
    const proxy = await startProxy(server.port);
    const env = { GITHUB_API_URL: 'https://ghe.example.com/api/v3', HTTPS_PROXY: proxy.url };
    expect(await refusal(put({ env }))).toMatch(/^GITHUB_UNAVAILABLE: GitHub: no answer \(tls\)/);
    expect(proxy.seen).toEqual(['CONNECT ghe.example.com:443']);
    await Promise.all([proxy.stop(), server.stop()]);
  });

  test.each(['http://ghe.example.com/api/v3', 'ftp://127.0.0.1', 'nonsense'])('%s gets no token', async (url) => {
    expect(await refusal(put({ env: { GITHUB_API_URL: url } }))).toMatch(/^GITHUB_UNAVAILABLE: GITHUB_API_URL/);
  });
});
