import type { Certificate } from './pki.ts';

/** A kubeconfig of one context. JSON is YAML, but people and parsers expect to see block style. */
export function kubeconfig(
  server: string,
  caPem: string,
  credential: Certificate | { token: string },
  context = 'sandbox',
): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const user =
    'token' in credential
      ? [`    token: ${JSON.stringify(credential.token)}`]
      : [
          `    client-certificate-data: ${base64(credential.certPem)}`,
          `    client-key-data: ${base64(credential.keyPem)}`,
        ];
  return `${[
    'apiVersion: v1',
    'kind: Config',
    `current-context: ${context}`,
    'clusters:',
    `- name: ${context}`,
    '  cluster:',
    `    server: ${server}`,
    `    certificate-authority-data: ${base64(caPem)}`,
    'users:',
    `- name: ${context}`,
    '  user:',
    ...user,
    'contexts:',
    `- name: ${context}`,
    '  context:',
    `    cluster: ${context}`,
    `    user: ${context}`,
  ].join('\n')}\n`;
}
