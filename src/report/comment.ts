import { digest } from './digest.js';
import type { Report } from './model.js';

/** Body of the comment on a pull request; `marker` opens it, and whoever looks for it looks nowhere else. */
export function renderComment(report: Report, marker: string): string {
  return `${marker}\n\n${digest(report)}\n`;
}
