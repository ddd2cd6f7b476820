import { type Comment, comment, type Issue, issue, type ListedIssue, label, type User } from './object.ts';

type AnyIssue = Issue & ListedIssue;

/** One repository's issues, pull requests and their comments; numbers, ids and times only ever grow. */
export class World {
  readonly repository: string;
  readonly issues: AnyIssue[] = [];
  readonly comments = new Map<number, Comment[]>();
  #last = 0;

  constructor(repository: string) {
    this.repository = repository;
  }

  addIssue(by: User, title: string, body: string, labels: readonly string[] = [], pull = false): AnyIssue {
    const number = this.#next();
    const made = issue(this.repository, number, by, { title, body, labels, pull }, this.#time());
    this.issues.push(made);
    this.comments.set(number, []);
    return made;
  }

  addComment(on: number, by: User, body: string): Comment {
    const made = comment(this.repository, on, this.#next(), by, body, this.#time());
    this.comments.get(on)?.push(made);
    return made;
  }

  find(number: number): AnyIssue | undefined {
    return this.issues.find((one) => one.number === number);
  }

  findComment(id: number): Comment | undefined {
    return [...this.comments.values()].flat().find((one) => one.id === id);
  }

  deleteComment(id: number): void {
    for (const [on, all] of this.comments) {
      this.comments.set(
        on,
        all.filter((one) => one.id !== id),
      );
    }
  }

  changeComment(found: Comment, body: string): Comment {
    return Object.assign(found, { body, updated_at: this.#time() });
  }

  changeIssue(found: AnyIssue, change: Record<string, unknown>): AnyIssue {
    const { title, body, state, state_reason, labels } = change;
    const time = this.#time();
    return Object.assign(found, {
      ...(typeof title === 'string' ? { title } : {}),
      ...(typeof body === 'string' ? { body } : {}),
      ...(Array.isArray(labels) ? { labels: labels.map((name) => label(this.repository, String(name))) } : {}),
      ...(state === 'closed' ? { state, state_reason: state_reason ?? 'completed', closed_at: time } : {}),
      ...(state === 'open' ? { state, state_reason: 'reopened', closed_at: null } : {}),
      updated_at: time,
    });
  }

  /** As `GET /repos/{owner}/{repo}/issues` filters and sorts. */
  list(query: URLSearchParams): AnyIssue[] {
    const state = query.get('state') ?? 'open';
    const wanted = (query.get('labels') ?? '').split(',').filter((name) => name !== '');
    const creator = query.get('creator');
    const key = query.get('sort') === 'updated' ? 'updated_at' : 'created_at';
    const sign = query.get('direction') === 'asc' ? 1 : -1;
    return this.issues
      .filter((one) => state === 'all' || one.state === state)
      .filter((one) => wanted.every((name) => one.labels.some((has) => typeof has === 'object' && has.name === name)))
      .filter((one) => creator === null || one.user?.login === creator)
      .sort((left, right) => sign * left[key].localeCompare(right[key]));
  }

  #next(): number {
    this.#last += 1;
    return this.#last;
  }

  /** A second later each time, so that an order by time is one. */
  #time(): string {
    return new Date(Date.UTC(2026, 2, 1) + this.#last * 1000).toISOString().replace('.000Z', 'Z');
  }
}
