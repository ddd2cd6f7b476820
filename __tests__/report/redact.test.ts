import { describe, expect, test } from '@jest/globals';
import { problem } from '../../src/binding/errors.js';
import { annotations } from '../../src/report/annotations.js';
import { renderJson } from '../../src/report/json.js';
import { logLines } from '../../src/report/log.js';
import type { Report } from '../../src/report/model.js';
import { outputs } from '../../src/report/outputs.js';
import { hideNames, nameHider } from '../../src/report/redact.js';
import { renderSummary } from '../../src/report/summary.js';
import { adoptionPlan, blockedBind, crowd, greenBind, redVerify, row, SECRETS, stoppedBind } from './sample.js';

const PLANTED_HOSTS = [
  'api.prodtest.example.com',
  'vault.example.com',
  'other.example.net',
  '10.20.30.40',
  'fd00::7',
  '2001:db8:0:0:0:0:0:1',
  'console.apps.prodtest.example.com',
];
const PLANTED_SECRETS = [
  ...SECRETS,
  'vault-token-reviewer-0f3a9c71de-a',
  'vault-token-reviewer-0f3a9c71de-b',
  'legacy-reviewer-token',
  'hidden-destination',
  'by-command',
  'and-this-one',
];

/** Every host and Secret name, in every kind of text. */
function planted(report: Report): Report {
  const text = `see https://other.example.net:6443/x, 10.20.30.40:6443, https://[fd00::7]:6443, 2001:db8:0:0:0:0:0:1, console.apps.prodtest.example.com; Secret ns/legacy-reviewer-token, hidden-destination, vault-token-reviewer-0f3a9c71de-b`;
  const hint = 'Run `oc -n ns delete secret by-command and-this-one` on API.PRODTEST.EXAMPLE.COM.';
  const trouble = problem('MOUNT_FOREIGN', text, hint);
  const field = { field: 'kubernetes_host', from: 'https://other.example.net:6443', to: text };
  return {
    ...report,
    planTitle: text,
    steps: [
      ...report.steps,
      { op: 'update', system: 'vault', kind: text, name: text, reason: hint, state: 'planned', fields: [field] },
    ],
    blockers: [...report.blockers, trouble],
    errors: [trouble],
    warnings: [trouble],
    checks: [...report.checks, row('mount.host', text, { state: 'red', detail: text, hint })],
    grants: [
      {
        identity: 'bind',
        vaultPolicy: text,
        jwtRole: `bound_audiences=https://vault.example.com\n${hint}`,
        rbac: `resourceNames: [${SECRETS.join(', ')}]`,
      },
    ],
    proofs: [text, hint],
    run: 'https://ghes.corp.example/bitiq-io/clusters/actions/runs/1',
    hidden: { hosts: ['short-host'], secrets: ['hidden-destination'] },
  };
}

function everything(report: Report): string {
  return [
    renderSummary(report),
    ...logLines(report),
    renderJson(report),
    JSON.stringify(outputs(report)),
    JSON.stringify(annotations(report)),
  ].join('\n');
}

describe('hideNames', () => {
  test.each([
    ['green bind', greenBind()],
    ['blocked bind', blockedBind()],
    ['stopped bind', stoppedBind()],
    ['plan', adoptionPlan()],
    ['verify', redVerify()],
  ])('%s shows no host and no Secret name anywhere', (_, report) => {
    const shown = everything(hideNames(planted(report))).toLowerCase();
    const listed = [...PLANTED_HOSTS, ...PLANTED_SECRETS, 'ghes.corp.example', 'short-host'];
    const gone = report.checks.some((check) => check.id.startsWith('secret.'))
      ? listed
      : listed.filter((name) => !SECRETS.includes(name as never));
    expect(gone.filter((name) => shown.includes(name))).toEqual([]);
    expect(shown).toContain('host-1');
    expect(shown).toContain('secret-');
  });

  test('renderSummary hides by itself when it is asked to', () => {
    const summary = renderSummary(redVerify(), { hideNames: true });
    expect(summary).toBe(renderSummary(hideNames(redVerify())));
    expect(summary).not.toContain('example.com');
    for (const name of SECRETS) expect(summary).not.toContain(name);
  });

  test('the same name keeps its placeholder, Vault and API server first', () => {
    const hidden = hideNames(planted(greenBind()));
    expect(hidden.vaultUrl).toBe('https://host-1:8200');
    expect(hidden.kubernetesHost).toBe('https://host-2:6443');
    expect(hidden.steps.flatMap((step) => step.fields).find((field) => field.to.startsWith('https://'))?.to).toBe(
      'https://host-2:6443',
    );
  });

  test('what tells no host and no Secret stays readable', () => {
    const hidden = hideNames(redVerify());
    expect(hidden.mount).toBe('kubernetes-prodtest');
    expect(hidden.run).toBe(redVerify().run);
    expect(hidden.checks.map((check) => check.id).slice(0, 20)).toEqual(
      redVerify()
        .checks.map((check) => check.id)
        .slice(0, 20),
    );
    expect(hidden.checks.find((check) => check.id === 'mount.single-writer')?.hint).toContain(
      'kubernetesauthengineconfigs.redhatcop.redhat.io',
    );
    expect(hidden.checks.map((check) => check.id)).toContainEqual(
      expect.stringMatching(/^secret\.bitiq-prodtest\/secret-\d+$/),
    );
  });

  test('thousands of names stay apart', () => {
    const ids = hideNames(crowd(3000, 10)).checks.map((check) => check.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('hides twice as it hides once', () => {
    const once = hideNames(redVerify());
    expect(everything(hideNames(once))).toBe(everything(once));
  });

  test('nameHider is for lines that are made before the report', () => {
    const hide = nameHider(redVerify());
    expect(hide('secret.openshift-pipelines/quay-auth at https://vault.example.com:8200')).toMatch(
      /^secret\.openshift-pipelines\/secret-\d+ at https:\/\/host-1:8200$/,
    );
  });
});
