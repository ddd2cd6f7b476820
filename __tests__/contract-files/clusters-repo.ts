import type { Files } from './checkout.js';
import { BOUND } from './gitops-repo.js';

const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;

const SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['name', 'gitops'],
  properties: {
    name: { type: 'string' },
    gitops: {
      type: 'object',
      properties: { repo_url: { type: 'string' }, env: { type: 'string', enum: ['local', ...BOUND] } },
    },
  },
};

const KEYS = [
  'vaultRuntimeEnabled, vaultRuntimeAddress, vaultRuntimeKubernetesMount, vaultRuntimeRoleName, vaultConfigEnabled,',
  'vaultConfigAddress, vaultConfigKubernetesHost, vaultConfigMountPath, vaultConfigConnectionRole, vaultConfigRoleName,',
  'vaultConfigPolicyName, vaultServerEnabled',
];

/** The clusters repository with nothing wrong in it for the bound environments. */
export function clustersFiles(): Files {
  const files = new Map<string, string>([
    ['schemas/cluster.schema.json', `${JSON.stringify(SCHEMA, null, 2)}\n`],
    ['docs/CLUSTERS-HANDOFF-CONTRACT.md', lines('# Handoff', '', '## External Vault', '', ...KEYS)],
    ['AGENTS.md', lines('# Agents', '', `Environments: \`local\`, ${BOUND.map((env) => `\`${env}\``).join(', ')}.`)],
  ]);
  for (const env of BOUND) {
    files.set(
      `clusters/${env}/cluster.yaml`,
      lines(
        `name: ${env}`,
        `env: ${env}`,
        'dns:',
        '  base_domain: ocp.example.com',
        'gitops:',
        '  repo_url: https://git.example.com/gitops.git',
        '  repo_ref: main',
        `  env: ${env}`,
      ),
    );
    files.set(`clusters/${env}/install-config.yaml.tmpl`, lines('apiVersion: v1'));
  }
  return files;
}
