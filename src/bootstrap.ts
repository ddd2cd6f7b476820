import type { BootstrapFact } from './binding/bootstrap.js';
import { type Problem, problem, problemOf } from './binding/errors.js';
import { valueOf } from './binding/observed.js';
import type { Context } from './context.js';
import type { Ports } from './ports.js';
import type { Outcome } from './run.js';

const LEAST_SECONDS = 5;
/** What the checks after it are left with, or a fifth of a short run. */
const SPARE_SECONDS = 120;
/** From asking a command to end until all of it has. */
const ENDING_SECONDS = 6;

/** Runs the user's command once the binding is true; whatever came of it, the checks that follow say how far it came. */
export async function bootstrap(context: Context, outcome: Outcome): Promise<Outcome> {
  const { intent, ports } = context;
  const { bootstrap: port, signal, log } = ports;
  if (!port || outcome.blockers.length > 0 || outcome.errors.length > 0 || signal.aborted) return outcome;
  const left = intent.timeoutSeconds - (ports.clock.now() - outcome.startedAt) / 1000;
  const spare = Math.min(SPARE_SECONDS, intent.timeoutSeconds / 5);
  const limit = Math.max(LEAST_SECONDS, Math.floor(left - intent.waitSeconds - spare - ENDING_SECONDS));
  try {
    const fact = await port.run(limit);
    log.info(`bootstrap: ${endOf(fact)}`);
    const errors = [...problemsOf(fact, signal.reason), ...(await lostToken(ports))];
    return { ...outcome, bootstrap: fact, errors };
  } catch (thrown) {
    return { ...outcome, errors: [problemOf(thrown)] };
  }
}

/** A token of ours is renewed or made anew; one that was given cannot be. */
async function lostToken({ vault, clock }: Ports): Promise<readonly Problem[]> {
  const login = valueOf(await vault.login());
  if (!login || login.ours || login.expiresAt === undefined || login.expiresAt > clock.now()) return [];
  return [
    problem(
      'VAULT_TOKEN',
      'the Vault token that was given expired while bootstrap-command ran, so the checks cannot ask Vault',
      'Give a token that lives longer than timeout, or use vault-method jwt, which logs in again.',
    ),
  ];
}

function endOf({ ended, exitCode, signal, durationMs }: BootstrapFact): string {
  const after = `after ${Math.round(durationMs / 1000)} s`;
  if (ended === 'exited') return `exit code ${exitCode} ${after}`;
  return ended === 'killed' ? `killed by ${signal} ${after}` : `${ended} ${after}`;
}

function problemsOf({ ended, exitCode, signal, limitSeconds }: BootstrapFact, reason: unknown): readonly Problem[] {
  const look = 'Read its output in the log above, mend what it says, and run bind again: it converges.';
  switch (ended) {
    case 'exited':
      return exitCode === 0
        ? []
        : [problem('BOOTSTRAP_FAILED', `bootstrap-command ended with exit code ${exitCode}${died(exitCode)}`, look)];
    case 'killed':
      return [problem('BOOTSTRAP_FAILED', `bootstrap-command was killed by ${signal}`, look)];
    case 'not-started':
      return [
        problem('BOOTSTRAP_FAILED', 'bootstrap-command could not be started', 'Install bash or sh on this machine.'),
      ];
    case 'timed-out':
      return [
        problem(
          'BOOTSTRAP_TIMEOUT',
          `bootstrap-command did not end within ${limitSeconds} s, and was ended`,
          'Raise timeout, or see in its output what it was waiting for.',
        ),
      ];
    case 'cancelled':
      return [problemOf(reason)];
  }
}

/** A shell tells the signal that one of its commands died from as 128 and its number. */
function died(exitCode = 0): string {
  const names: Readonly<Record<number, string>> = { 130: 'SIGINT', 134: 'SIGABRT', 137: 'SIGKILL', 143: 'SIGTERM' };
  const name = names[exitCode];
  if (name !== undefined) return `: a command in it died from ${name}`;
  return exitCode === 127 ? ': a command in it is not installed' : '';
}
