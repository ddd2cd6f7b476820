import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { freePort } from '../../sandbox/ports.ts';
import { startDaemon, waitUntil } from '../../sandbox/process.ts';
import { send } from '../../sandbox/request.ts';

const dir = mkdtempSync(join(tmpdir(), 'sandbox-process-'));
afterAll(() => rmSync(dir, { recursive: true }));

const listen = (port: number): string[] => [
  '-e',
  `process.on('SIGTERM', () => { console.log('goodbye'); process.exit(0); });
   require('http').createServer((_, response) => response.end('{}')).listen(${port}, '127.0.0.1')`,
];
const up = async (port: number): Promise<boolean> =>
  (await send({ method: 'GET', url: `http://127.0.0.1:${port}` })).status === 200;

function free(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

test.each([true, false])(
  'a stopped server (gracefully: %s) has freed its port',
  async (gracefully) => {
    const port = await freePort();
    const daemon = startDaemon('server', process.execPath, listen(port), { logFile: join(dir, `${gracefully}.log`) });
    await waitUntil('the server', [daemon], () => up(port));
    await daemon.stop(gracefully);
    expect(await free(port)).toBe(true);
    expect(daemon.logTail().includes('goodbye')).toBe(gracefully);
  },
  30_000,
);

test('a server that ends early is an error with the tail of its log', async () => {
  const failing = ['-e', "console.error('no such flag'); process.exit(4)"];
  const daemon = startDaemon('server', process.execPath, failing, { logFile: join(dir, 'failing.log') });
  await expect(waitUntil('the server', [daemon], async () => false)).rejects.toThrow(
    'server ended with 4:\nno such flag',
  );
});

test('a server dies with the process that started it, even by SIGKILL', async () => {
  const port = await freePort();
  const module = fileURLToPath(new URL('../../sandbox/process.ts', import.meta.url));
  const logFile = join(dir, 'orphan.log');
  const source = `import { startDaemon } from ${JSON.stringify(module)};
    startDaemon('server', process.execPath, ${JSON.stringify(listen(port))}, { logFile: ${JSON.stringify(logFile)} });
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: 'inherit' });
  await waitUntil('the server', [], () => up(port));
  parent.kill('SIGKILL');
  await waitUntil('the end of the server', [], () => free(port), 10_000);
  expect(readFileSync(logFile, 'utf8')).not.toContain('goodbye');
}, 30_000);
