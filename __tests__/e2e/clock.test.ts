import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openScene, type Scene } from '../../sandbox/scene.ts';

const HOUR_MS = 3_600_000;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
}, 60_000);

afterAll(() => scene?.stop());

/** A machine whose clock is an hour off. */
function wrongClock(ms: number): Record<string, string> {
  const code = `const now = Date.now; Date.now = () => now() + ${ms};`;
  return { ...scene.oidc, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

test.each([HOUR_MS, -HOUR_MS])(
  'a clock that is off by %s ms warns, and misjudges no token',
  async (ms) => {
    const inputs = scene.adminInputs({ mount: ms > 0 ? 'ahead' : 'behind' });
    const { main, report } = await scene.run(inputs, wrongClock(ms));
    main.remove();
    expect(report).toMatchObject({ verdict: 'green', changed: true });
    const warnings = (report.warnings as { code: string; message: string }[]).map(({ message }) => message);
    expect(warnings).toEqual([
      expect.stringMatching(/^the API server's clock is 3[56]\d\d s/),
      expect.stringMatching(/^Vault's clock is 3[56]\d\d s/),
    ]);
    const again = await scene.run(inputs, wrongClock(ms));
    again.main.remove();
    expect(again.report).toMatchObject({ verdict: 'green', changed: false });
    const right = await scene.run({ ...inputs, mode: 'verify', checks: 'binding' });
    right.main.remove();
    expect(right.report).toMatchObject({ verdict: 'green', drift: false, warnings: [] });
  },
  60_000,
);
