import type { Material, VaultAccess } from '../binding/intent.js';
import { Secret } from '../binding/secret.js';
import type { Runner } from './runner.js';

type Reach = Pick<VaultAccess, 'url' | 'authNamespace' | 'ca' | 'clientCertificate' | 'clientKey' | 'tlsSkipVerify'>;

/**
 * How the main step reached Vault, read from the inputs and variables it had, which are the post step's too. They were
 * validated then: had they not been usable, there would be no token to revoke.
 */
export function reachAgain({ inputs, env, secret }: Runner): Reach {
  const read = (input: string, variable: string): string => inputs[input] || (env[variable] ?? '').trim();
  const material = (input: string, variable: string): Material | undefined => {
    const text = read(input, variable);
    if (text === '') return undefined;
    const form = formOf(text);
    // A path and a certificate are no secrets, and stars in the log would only hide what was read.
    const plain = form === 'path' || input !== 'vault-client-key';
    return { form, content: plain ? new Secret(input, text, () => undefined) : secret(input, text), source: input };
  };
  const url = read('vault-url', 'VAULT_ADDR').replace(/\/+$/, '');
  const ca = material('vault-ca-certificate', env['VAULT_CACERT_BYTES'] ? 'VAULT_CACERT_BYTES' : 'VAULT_CACERT');
  const clientCertificate = material('vault-client-certificate', 'VAULT_CLIENT_CERT');
  const clientKey = material('vault-client-key', 'VAULT_CLIENT_KEY');
  return {
    url,
    authNamespace: inputs['vault-auth-namespace'] || read('vault-namespace', 'VAULT_NAMESPACE'),
    tlsSkipVerify: ['true', '1'].includes(read('vault-tls-skip-verify', 'VAULT_SKIP_VERIFY').toLowerCase()),
    ...(ca ? { ca } : {}),
    ...(clientCertificate ? { clientCertificate } : {}),
    ...(clientKey ? { clientKey } : {}),
  };
}

function formOf(text: string): Material['form'] {
  if (text.includes('-----BEGIN')) return 'inline';
  return text.length > 100 && /^[A-Za-z0-9+/=\s]+$/.test(text) ? 'base64' : 'path';
}
