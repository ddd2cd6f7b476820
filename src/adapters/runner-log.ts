import { endGroup, error, notice, startGroup, warning } from '@actions/core';
import { cleanName } from '../binding/name.js';
import type { FilePlace } from '../checks/check.js';
import type { Log } from '../ports.js';
import { logLine } from '../report/line.js';

/** The runner cuts an annotation at 4096 characters. */
const MOST_MESSAGE = 4000;
const MOST_LINE = 8000;

/** What a line looks like when whoever wrote it forgot to clean it: no control characters, commands or token shapes. */
export function cleanLine(line: string, most = MOST_LINE): string {
  const indent = /^ {0,20}/.exec(line)?.[0] ?? '';
  const safe = logLine(line, most).replace(/-----BEGIN [A-Z ]+-----.*/, '[removed]');
  const words = safe.split(' ').map((word) => (word.length > 20 ? cleanName(word) : word));
  return indent + words.join(' ');
}

/** Lines on stdout; as workflow commands where a runner reads them, as plain text on a laptop. */
export function runnerLog(onActions: boolean, write: (line: string) => void): Log {
  const info = (line: string): void => {
    for (const part of line.split(/\r\n|\r|\n/)) write(cleanLine(part));
  };
  if (!onActions) {
    const told = (level: string) => (title: string, line: string, place?: FilePlace) =>
      info(`${level}: ${place === undefined ? '' : `${place.file}:${place.line}: `}${title}: ${line}`);
    return {
      info,
      notice: told('notice'),
      warning: told('warning'),
      error: told('error'),
      group: (title, lines) => {
        info(title);
        for (const line of lines) info(`  ${line}`);
      },
    };
  }
  const annotate = (command: typeof notice) => (title: string, line: string, place?: FilePlace) =>
    command(cleanLine(line, MOST_MESSAGE), {
      title: cleanLine(title, 200),
      ...(place && { file: cleanLine(place.file, 500), startLine: place.line }),
    });
  return {
    info,
    notice: annotate(notice),
    warning: annotate(warning),
    error: annotate(error),
    group: (title, lines) => {
      startGroup(cleanLine(title, 200));
      for (const line of lines) info(line);
      endGroup();
    },
  };
}
