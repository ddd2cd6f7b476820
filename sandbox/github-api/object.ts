import type { GitHub } from '@actions/github/lib/utils';

/** What GitHub's published description says that it answers; an object of ours that breaks it does not compile. */
type Rest = InstanceType<typeof GitHub>['rest'];
export type Comment = Awaited<ReturnType<Rest['issues']['createComment']>>['data'];
export type Issue = Awaited<ReturnType<Rest['issues']['create']>>['data'];
export type ListedIssue = Awaited<ReturnType<Rest['issues']['listForRepo']>>['data'][number];
export type User = NonNullable<Comment['user']>;
export type Self = Awaited<ReturnType<Rest['users']['getAuthenticated']>>['data'];

const URL = 'https://api.github.com';

export function user(login: string, type: 'Bot' | 'User', id: number): User {
  const url = `${URL}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: `U_${id}`,
    avatar_url: `https://avatars.githubusercontent.com/u/${id}`,
    gravatar_id: '',
    url,
    html_url: `https://github.com/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    site_admin: false,
  };
}

export function self(of: User): Self {
  return {
    ...of,
    user_view_type: 'public',
    name: null,
    company: null,
    blog: '',
    location: null,
    email: null,
    notification_email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
  };
}

export function comment(repository: string, issue: number, id: number, by: User, body: string, at: string): Comment {
  const url = `${URL}/repos/${repository}/issues`;
  return {
    url: `${url}/comments/${id}`,
    html_url: `https://github.com/${repository}/issues/${issue}#issuecomment-${id}`,
    issue_url: `${url}/${issue}`,
    id,
    node_id: `IC_${id}`,
    user: by,
    created_at: at,
    updated_at: at,
    body,
    author_association: by.type === 'Bot' ? 'CONTRIBUTOR' : 'NONE',
    performed_via_github_app: null,
  };
}

export function label(repository: string, name: string): Exclude<Issue['labels'][number], string> {
  return {
    id: 1,
    node_id: 'LA_1',
    url: `${URL}/repos/${repository}/labels/${encodeURIComponent(name)}`,
    name,
    description: null,
    color: 'ededed',
    default: false,
  };
}

export interface NewIssue {
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
  /** A pull request is an issue too. */
  readonly pull: boolean;
}

export function issue(repository: string, number: number, by: User, made: NewIssue, at: string): Issue & ListedIssue {
  const url = `${URL}/repos/${repository}/issues/${number}`;
  const page = `https://github.com/${repository}/${made.pull ? 'pull' : 'issues'}/${number}`;
  const pull = `${URL}/repos/${repository}/pulls/${number}`;
  return {
    id: 1_000_000 + number,
    node_id: `I_${number}`,
    url,
    repository_url: `${URL}/repos/${repository}`,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    number,
    state: 'open',
    state_reason: null,
    title: made.title,
    body: made.body,
    user: by,
    labels: made.labels.map((name) => label(repository, name)),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: 0,
    ...(made.pull
      ? { pull_request: { url: pull, html_url: page, diff_url: `${page}.diff`, patch_url: `${page}.patch` } }
      : {}),
    closed_at: null,
    created_at: at,
    updated_at: at,
    author_association: by.type === 'Bot' ? 'CONTRIBUTOR' : 'NONE',
    performed_via_github_app: null,
  };
}
