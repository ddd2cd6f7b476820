import { formatAge, formatTime } from './age.js';
import { bootstrapLines } from './bootstrap.js';
import { type Cause, causes, warnings } from './cause.js';
import { changeLines, changeTitle } from './change.js';
import { checklist, GLYPHS } from './checklist.js';
import { fleetSection } from './fleet-table.js';
import { endedAt, headline, loginLine } from './headline.js';
import { capped, code, details, fence, htmlCode, type Limit, more, prose } from './markdown.js';
import { type GrantsReport, type Report, SCHEMA_VERSION, type StepReport } from './model.js';
import { hideNames } from './redact.js';

/** How a summary is made. */
export interface SummaryOptions {
  /** Unix ms that spans are counted from; default: the end of the run. */
  readonly now?: number;
  /** Puts placeholders in place of hosts and Secret names; default false. */
  readonly hideNames?: boolean;
}

const DOCS = 'https://github.com/bitiq-io/vault-cluster-bind/blob';
const CAUSES: Limit = { rows: 5, bytes: 60_000 };
const BLOCKERS: Limit = { rows: 50, bytes: 60_000 };
const WARNINGS: Limit = { rows: 10, bytes: 40_000 };
const STEPS: Limit = { rows: 300, bytes: 120_000 };
const ALIKE = 12;
const PROOFS: Limit = { rows: 50, bytes: 20_000 };
const GRANTS: Limit = { rows: 20, bytes: 100_000 };

/** The report as GitHub Markdown for a job summary: the verdict first, readable unopened, far below GitHub's 1 MiB. */
export function renderSummary(original: Report, options: SummaryOptions = {}): string {
  const report = options.hideNames ? hideNames(original) : original;
  const parts = [
    `## ${GLYPHS[report.verdict]} ${prose(headline(report))}`,
    report.fleet ? '' : `**${sentence(prose(loginLine(report, options.now ?? endedAt(report))))}**`,
    nextSteps(report),
    warned(report),
    report.fleet ? fleetSection(report.fleet, options.now ?? endedAt(report)) : '',
    changed(report),
    bootstrapped(report),
    checklist(report.checks),
    proofs(report),
    grants(report.grants),
    smallPrint(report),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function nextSteps(report: Report): string {
  const found = causes(report);
  if (report.verdict === 'green' || found.length === 0) return '';
  // All that forbids a write is shown at once; of failing checks the table below shows the rest.
  const problems = report.errors.length + report.blockers.length;
  const limit = problems > CAUSES.rows ? BLOCKERS : CAUSES;
  const { shown, left } = capped(found, limit, (cause, index) => `${index + 1}. ${causeText(cause, report)}`);
  const rest =
    left === 0
      ? []
      : [`\n…and ${left.toLocaleString('en-US')} more, see the ${problems > limit.rows ? 'report' : 'checks below'}`];
  return ['### Do this next\n', ...shown, ...rest].join('\n');
}

export function causeText(cause: Cause, report: Report): string {
  const waited = cause.waitedSeconds === undefined ? '' : `, not green for ${formatAge(cause.waitedSeconds * 1000)}`;
  const looked = cause.code === undefined ? '' : ` (${codeLink(cause, report)})`;
  const next = cause.next === '' ? '' : `<br>→ **Next:** ${prose(cause.next)}`;
  const id = cause.id === cause.code ? '' : ` ${code(cause.id)}`;
  const means = `<br>${prose(cause.means)}${looked}`;
  return `${GLYPHS[cause.shade]}${id} **${prose(cause.seen) || 'no detail'}**${waited}${means}${next}${alike(cause)}`;
}

function alike(cause: Cause): string {
  if (cause.alike.length === 0) return '';
  const ids = cause.alike.slice(0, ALIKE).map((id) => code(id, 100));
  const left = cause.alike.length - ids.length;
  return `<br>also for ${ids.join(', ')}${left > 0 ? ` and ${left.toLocaleString('en-US')} more` : ''}`;
}

/** Codes are a closed set of our own words: the one kind of link in a summary. */
function codeLink(cause: Cause, report: Report): string {
  const major = /^(\d+)\./.exec(report.version)?.[1] ?? '1';
  return `[${cause.code}](${DOCS}/v${major}/docs/errors.md#${cause.code?.toLowerCase()})`;
}

function warned(report: Report): string {
  const found = warnings(report);
  if (found.length === 0) return '';
  const { shown, left } = capped(found, WARNINGS, warningText);
  return ['### Warnings\n', ...shown, ...(left === 0 ? [] : [`- ${more(left)}`])].join('\n');
}

function warningText(cause: Cause): string {
  return `- ${GLYPHS.warning} ${prose(cause.seen)}${cause.next === '' ? '' : `<br>→ ${prose(cause.next)}`}`;
}

function changed(report: Report): string {
  if (report.steps.length === 0) return '';
  const kept = report.steps.filter((step) => step.op === 'keep');
  const title = `### ${sentence(prose(changeTitle(report)))}`;
  return [title, stepBlock(failedFirst(report.steps.filter((step) => step.op !== 'keep'))), keptBlock(kept)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function bootstrapped(report: Report): string {
  const lines = bootstrapLines(report);
  return lines.length === 0 ? '' : ['### Bootstrap\n', ...lines.map((line) => `- ${prose(line)}`)].join('\n');
}

/** In the order of the plan, unless that is too long: then a failed step must not be among those left out. */
function failedFirst(steps: readonly StepReport[]): readonly StepReport[] {
  if (steps.length <= STEPS.rows) return steps;
  return steps.toSorted((left, right) => Number(right.state === 'failed') - Number(left.state === 'failed'));
}

function stepBlock(steps: readonly StepReport[]): string {
  if (steps.length === 0) return '';
  const first = steps.slice(0, STEPS.rows);
  const { shown, left } = capped(
    changeLines(first),
    { rows: Number.POSITIVE_INFINITY, bytes: STEPS.bytes },
    (line) => line,
  );
  const rest = more(left + steps.length - first.length);
  return fence([...shown, ...(rest === '' ? [] : [`  ${rest}`])].join('\n'), 'diff');
}

function keptBlock(steps: readonly StepReport[]): string {
  return steps.length === 0 ? '' : details(`${steps.length.toLocaleString('en-US')} kept as found`, stepBlock(steps));
}

function proofs(report: Report): string {
  if (report.proofs.length === 0) return '';
  const { shown, left } = capped(report.proofs, PROOFS, (proof) => `- ${GLYPHS.green} ${prose(proof)}`);
  return ['### Proven\n', ...shown, ...(left === 0 ? [] : [`- ${more(left)}`])].join('\n');
}

function grants(all: readonly GrantsReport[]): string {
  if (all.length === 0) return '';
  const { shown, left } = capped(all, GRANTS, grantBlock);
  const rest = left === 0 ? [] : [`${more(left)}: what is pasted must be whole`];
  return ['### Grants each identity needs', ...shown, ...rest].join('\n\n');
}

function grantBlock(grant: GrantsReport): string {
  const blocks = [
    { title: 'Vault policy', text: grant.vaultPolicy, language: 'hcl' },
    { title: 'JWT role', text: grant.jwtRole, language: 'sh' },
    { title: 'Kubernetes RBAC', text: grant.rbac, language: 'yaml' },
  ].filter(({ text }) => text !== '');
  const body = blocks.map(({ title, text, language }) => `**${title}**\n\n${fence(text, language)}`).join('\n\n');
  return details(`${htmlCode(grant.identity)}: ${blocks.map(({ title }) => title).join(', ')}`, body);
}

export function smallPrint(report: Report): string {
  const parts = [
    `vault-cluster-bind ${report.version}`,
    report.env === '' ? report.mode : `${report.mode} of env ${report.env}`,
    report.vaultVersion,
    report.kubernetesHost && `API server ${report.kubernetesHost}`,
    report.clusterUid && `kube-system ${report.clusterUid}`,
    `started ${formatTime(Date.parse(report.startedAt))}`,
    `took ${formatAge(report.durationMs)}`,
    report.waitedSeconds > 0 && `of which waited ${formatAge(report.waitedSeconds * 1000)}`,
    report.run && `run ${report.run}`,
    `report schema ${SCHEMA_VERSION}`,
  ].filter((part): part is string => typeof part === 'string' && part !== '');
  return `<sub>${parts.map((part) => prose(part)).join(' · ')}</sub>`;
}
