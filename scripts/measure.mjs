import { spawnSync } from 'node:child_process';

const RUNS = 9;

function once(node, args, env) {
  const probe = `process.on('exit', () => process.stderr.write('\\npeak ' + process.resourceUsage().maxRSS))`;
  const hook = `data:text/javascript,${encodeURIComponent(probe)}`;
  const start = process.hrtime.bigint();
  const { stderr } = spawnSync(node, ['--import', hook, ...args], { env, encoding: 'utf8' });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  return { seconds, kibibytes: Number(/peak (\d+)$/.exec(stderr)?.[1]) };
}

/** Median wall time from process start to exit, in seconds, and median peak memory, in KiB, over a few runs. */
export function measure(node, args, env) {
  const runs = Array.from({ length: RUNS }, () => once(node, args, env));
  const median = (key) => runs.map((run) => run[key]).sort((a, b) => a - b)[Math.floor(RUNS / 2)];
  return { seconds: median('seconds'), kibibytes: median('kibibytes') };
}
