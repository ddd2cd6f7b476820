import { expect, test } from '@jest/globals';
import { INPUTS } from '../../src/inputs/row.js';
import { parseInputs } from '../../src/inputs.js';
import { given, LEAST, refusal, refusals } from './given.js';

test.each([
  ['allow-rebnd', 'allow-rebind'],
  ['allow_rebnd', 'allow-rebind'],
  ['kube-config', 'kubeconfig'],
  ['vaulturl', 'vault-url'],
  ['vault_ur', 'vault-url'],
  ['vault-roleid', 'vault-role-id'],
  ['moutn', 'mount'],
  ['skip-check', 'skip-checks'],
])('%s is no input, and %s is near', (name, near) => {
  const found = refusal({ [name]: 'planted' });
  expect(found.code).toBe('INPUT_UNKNOWN');
  expect(found.message).toBe(`there is no input ${name}`);
  expect(found.hint).toBe(`Did you mean ${near}?`);
});

test('a word that is near to none is not guessed at', () => {
  expect(refusal({ zzzzzzzz: 'planted' }).hint).toBe('See docs/inputs.md for every input.');
});

test.each([
  ['url', 'vault-url'],
  ['method', 'vault-method'],
  ['role', 'vault-role'],
  ['path', 'vault-auth-path'],
  ['token', 'vault-token'],
  ['namespace', 'vault-namespace'],
  ['roleId', 'vault-role-id'],
  ['secretId', 'vault-secret-id'],
  ['caCertificate', 'vault-ca-certificate'],
  ['clientCertificate', 'vault-client-certificate'],
  ['clientKey', 'vault-client-key'],
  ['tlsSkipVerify', 'vault-tls-skip-verify'],
  ['jwtGithubAudience', 'vault-jwt-audience'],
  ['openshift_server_url', 'kube-server'],
  ['openshift_token', 'kube-token'],
  ['dry_run', 'mode'],
])('%s, as another action spells it, is %s here', (name, here) => {
  // The runner upper-cases what a workflow says, and the adapter lower-cases it again.
  expect(refusal({ [name.toLowerCase()]: 'planted' }).hint).toBe(`Did you mean ${here}?`);
});

test('a misspelt input is told also when it is empty: the runner sets every input that a workflow names', () => {
  expect(refusal({ 'allow-rebnd': '' }).code).toBe('INPUT_UNKNOWN');
});

test.each(INPUTS)('$id is known in both spellings', ({ id }) => {
  const known = [id, id.replaceAll('-', '_')].flatMap((name) => refusals({ [name]: '' }));
  expect(known.filter(({ code }) => code === 'INPUT_UNKNOWN')).toEqual([]);
});

test('INPUT_VAULT_URL, as a shell can export it, sets vault-url', () => {
  const { 'vault-url': url = '', ...rest } = LEAST;
  const { intent, sources } = parseInputs(given({ ...rest, vault_url: url }));
  expect([intent.vault.url, sources['vault-url']]).toEqual([url, 'input']);
});

test('the spelling with hyphens wins over the other, unless it is empty', () => {
  expect(
    parseInputs(given({ ...LEAST, mode: 'plan', cluster: 'west', 'app-namespace': '', app_namespace: 'shop' })).intent,
  ).toMatchObject({ mode: 'plan', cluster: 'west', appNamespace: 'shop' });
  expect(parseInputs(given({ ...LEAST, 'gitops-role': 'one', gitops_role: 'two' })).intent.gitopsRole).toBe('one');
});

test('a name is told without what a log would take for a command', () => {
  const { message } = refusal({ '::set-output name=x::y\n##[error]': 'planted' });
  expect(message).not.toMatch(/::|##\[|\n/);
});
