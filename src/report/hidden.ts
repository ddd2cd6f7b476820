import { hostnameOf } from '../binding/host.js';
import type { Intent } from '../binding/intent.js';
import type { Log } from '../ports.js';
import { earlyReport } from './early.js';
import type { HiddenNames, Report } from './model.js';
import { foreignNameHider, nameHider } from './redact.js';

/** What `hide-names` must find even where nothing marks it as a host or a Secret. */
export function hiddenNames(intent: Intent, servers: readonly string[]): HiddenNames {
  const hosts = [intent.vault.url, intent.kubernetesHost ?? '', ...servers]
    .map(hostnameOf)
    .filter((host) => host !== '');
  return { hosts, secrets: [...intent.secrets.map(({ name }) => name), intent.reviewer.name] };
}

/** A log for the lines that are printed before there is a report; the log itself unless `hide-names` is set. */
export function hidingLog(log: Log, intent: Intent, server: string): Log {
  return intent.hideNames ? through(log, nameHider(unreported(intent, server))) : log;
}

/** The same for what a command of the user's prints. */
export function hidingForeignLog(log: Log, intent: Intent, server: string): Log {
  return intent.hideNames ? through(log, foreignNameHider(unreported(intent, server))) : log;
}

function unreported(intent: Intent, server: string): Report {
  return { ...earlyReport([], intent, '', '', 0), hidden: hiddenNames(intent, [server]) };
}

function through(log: Log, hide: (text: string) => string): Log {
  return {
    info: (line) => log.info(hide(line)),
    notice: (title, line) => log.notice(hide(title), hide(line)),
    warning: (title, line, place) => log.warning(hide(title), hide(line), place),
    error: (title, line, place) => log.error(hide(title), hide(line), place),
    group: (title, lines) => log.group(hide(title), lines.map(hide)),
  };
}
