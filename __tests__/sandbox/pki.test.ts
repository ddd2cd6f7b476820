import { X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { type Certificate, createAuthority } from '../../sandbox/pki.ts';
import { send } from '../../sandbox/request.ts';

async function serve(pair: Certificate, clientCaPem: string): Promise<{ server: Server; url: string }> {
  const server = createServer(
    { cert: pair.certPem, key: pair.keyPem, ca: clientCaPem, requestCert: true },
    (request, response) => {
      const peer = (request.socket as import('node:tls').TLSSocket).getPeerCertificate();
      response.end(JSON.stringify(peer.subject ?? null));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('a server and a client certificate of one authority speak TLS, and another authority is refused', async () => {
  const authority = createAuthority('one');
  const { server, url } = await serve(authority.server(['127.0.0.1']), authority.certPem);
  try {
    const client = authority.client({ user: 'alice', groups: ['admins', 'system:masters'] });
    const answer = await send({ method: 'GET', url, caPem: authority.certPem, ...client });
    expect(answer.body).toEqual({ CN: 'alice', O: ['admins', 'system:masters'] });
    const other = send({ method: 'GET', url, caPem: createAuthority('two').certPem });
    await expect(other).rejects.toMatchObject({
      code: expect.stringMatching(/SIGNATURE|UNABLE_TO_VERIFY|SELF_SIGNED/),
    });
  } finally {
    server.close();
  }
});

test('an expired certificate and a name that is not in it are refused', async () => {
  const authority = createAuthority('one');
  const expired = await serve(
    authority.server(['127.0.0.1'], { notAfter: new Date(Date.now() - 1000) }),
    authority.certPem,
  );
  const misnamed = await serve(authority.server(['vault.example', '::1']), authority.certPem);
  try {
    const caPem = authority.certPem;
    await expect(send({ method: 'GET', url: expired.url, caPem })).rejects.toMatchObject({ code: 'CERT_HAS_EXPIRED' });
    await expect(send({ method: 'GET', url: misnamed.url, caPem })).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  } finally {
    expired.server.close();
    misnamed.server.close();
  }
});

test('names, addresses and dates past 2049 are encoded', () => {
  const authority = createAuthority('far', { notAfter: new Date('2061-02-03T04:05:06Z') });
  const certificate = new X509Certificate(authority.server(['a.example', '10.1.2.3', 'fd00::1:2']).certPem);
  expect(certificate.subjectAltName).toBe('DNS:a.example, IP Address:10.1.2.3, IP Address:FD00:0:0:0:0:0:1:2');
  expect(certificate.checkIssued(new X509Certificate(authority.certPem))).toBe(true);
  expect(new X509Certificate(authority.certPem).validTo).toBe('Feb  3 04:05:06 2061 GMT');
});
