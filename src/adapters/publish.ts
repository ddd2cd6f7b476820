import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { problem } from '../binding/errors.js';
import { annotations } from '../report/annotations.js';
import { renderJson } from '../report/json.js';
import { closingLines, logGroups } from '../report/log.js';
import type { Report } from '../report/model.js';
import { outputs } from '../report/outputs.js';
import { renderSummary } from '../report/summary.js';
import type { Runner } from './runner.js';

/** Tells a report in every place it is read: log, annotations, outputs, job summary and the JSON file. */
export function publish(report: Report, runner: Runner, reportPath: string | undefined): void {
  const path = reportPath ?? join(runner.temp, `vault-cluster-bind-${report.mode}-${process.pid}.json`);
  const written = write(path, report);
  const told = written ? report : { ...report, warnings: [...report.warnings, unwritten()] };
  for (const { title, lines } of logGroups(told)) runner.log.group(title, lines);
  for (const { level, title, message, place } of annotations(told)) runner.log[level](title, message, place);
  for (const line of closingLines(told)) runner.log.info(line);
  for (const [name, value] of Object.entries(outputs(told))) runner.output(name, value);
  if (written) runner.output('report', path);
  runner.summary(renderSummary(told));
}

function write(path: string, report: Report): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, renderJson(report), { mode: 0o644 });
    return true;
  } catch {
    return false;
  }
}

function unwritten() {
  return problem(
    'INPUT_INVALID',
    'the JSON report could not be written',
    'Set report-path to a file in a folder that this job may write to.',
  );
}
