import type { ArgoKind } from '../../src/checks/argocd-cause.js';

const LOAD =
  'Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc =';
const REPO = 'https://robot:planted-password@git.example/team/gitops.git';
const DOWN = 'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing';

/** What Argo CD and the programs below it say, by the source that says it; `2.x` where newer releases say it otherwise. */
export const ARGO_MESSAGES: readonly (readonly [kind: ArgoKind, source: string, message: string])[] = [
  // util/git/client.go LsRemote over go-git plumbing/transport
  ['repository', 'git/client.go', `${LOAD} failed to list refs: authentication required: Repository not found.`],
  ['repository', 'git/client.go 2.x', 'rpc error: code = Unknown desc = authentication required'],
  ['repository', 'git/client.go', `${LOAD} failed to list refs: authorization failed: denied`],
  ['repository', 'git/client.go', `${LOAD} failed to list refs: repository not found: not here`],
  ['repository', 'git/client.go 2.x', 'rpc error: code = Unknown desc = repository not found'],
  ['repository', 'git/client.go', `${LOAD} failed to list refs: unexpected requesting "${REPO}" status code: 429`],
  [
    'repository',
    'git/client.go',
    `${LOAD} failed to list refs: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain`,
  ],
  ['repository', 'git/client.go', `${LOAD} failed to list refs: ssh: handshake failed: knownhosts: key is unknown`],
  ['repository', 'git/client.go', `${LOAD} failed to list refs: ssh: handshake failed: knownhosts: key mismatch`],
  [
    'repository',
    'git/client.go',
    `failed to authenticate to git repository "${REPO}": no credentials matched this URL: x`,
  ],
  ['repository', 'git/client.go', `${LOAD} failed to list refs: invalid auth method`],
  ['repository', 'git/client.go', `${LOAD} failed to list refs: something new`],
  // git itself, as run by util/git/client.go
  [
    'repository',
    'git/client.go',
    `${LOAD} Failed to fetch default: \`git fetch origin --tags --force --prune\` failed exit status 128: fatal: could not read Username for 'https://git.example': terminal prompts disabled`,
  ],
  [
    'repository',
    'git/client.go',
    `${LOAD} Failed to initialize git repo: \`git fetch\` failed exit status 128: git@git.example: Permission denied (publickey).`,
  ],
  [
    'repository',
    'git/client.go',
    "`git fetch origin --tags --force` failed exit status 128: fatal: Authentication failed for 'https://git.example/team/gitops.git/'",
  ],
  [
    'repository',
    'git/client.go',
    '`git fetch origin` failed exit status 128: Host key verification failed. fatal: Could not read from remote repository.',
  ],
  [
    'repository',
    'git/client.go',
    '`git submodule update --init --recursive` failed exit status 128: remote: Repository not found. fatal: clone failed',
  ],
  [
    'repository',
    'git/client.go',
    '`git fetch origin` failed exit status 128: remote: HTTP Basic: Access denied. The provided password or token is incorrect',
  ],
  [
    'repository',
    'util/argo/argo.go',
    'repository not accessible: rpc error: code = Unknown desc = error testing repository connectivity: authentication required',
  ],
  ['repository', 'git/creds.go', `${LOAD} could not get installation id from url`],
  // util/helm and util/oci: a chart repository or registry that refuses
  [
    'repository',
    'helm/client.go',
    `${LOAD} error fetching chart: failed to fetch chart: failed to get command args to log: \`helm pull --destination /w/x https://charts.example/web-1.0.0.tgz\` failed exit status 1: Error: failed to fetch https://charts.example/web-1.0.0.tgz : 401 Unauthorized`,
  ],
  ['repository', 'helm/client.go', 'failed to get index: 403 Forbidden'],
  [
    'repository',
    'oci/client.go',
    `${LOAD} cannot resolve: GET "https://oci.example/v2/charts/web/manifests/1": response status code 401: unauthorized: access denied`,
  ],
  [
    'repository',
    'helm/cmd.go',
    'failed to login to registry oci.example: `helm registry login` failed exit status 1: Error: denied',
  ],
  [
    'repository',
    'reposerver',
    `${LOAD} \`helm dependency build\` failed exit status 1: Error: could not download https://charts.example/web.tgz: failed to fetch : 401 Unauthorized`,
  ],
  [
    'repository',
    'reposerver',
    `${LOAD} \`kustomize build /w/x/y\` failed exit status 1: Error: accumulating resources: git fetch: fatal: could not read Username for 'https://git.example': terminal prompts disabled`,
  ],
  // network and Argo CD's own parts
  [
    'network',
    'git/client.go',
    `${LOAD} failed to list refs: Get "https://git.example/info/refs?service=git-upload-pack": dial tcp: lookup git.example on 10.0.0.10:53: no such host`,
  ],
  [
    'network',
    'git/client.go',
    `${LOAD} failed to list refs: Get "https://git.example/info/refs": dial tcp 192.0.2.1:443: i/o timeout`,
  ],
  [
    'network',
    'git/client.go',
    `${LOAD} failed to list refs: Get "https://git.example/info/refs": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  ],
  ['network', 'git/client.go', `${LOAD} failed to list refs: unexpected requesting "${REPO}" status code: 503`],
  ['network', 'git/client.go', `${LOAD} failed to list refs: context deadline exceeded`],
  [
    'network',
    'git/client.go',
    `${LOAD} failed to list refs: ssh: handshake failed: read tcp 10.0.0.1:1->192.0.2.1:22: read: connection reset by peer`,
  ],
  [
    'network',
    'git/client.go',
    "`git fetch origin` failed exit status 128: fatal: unable to access 'https://git.example/': Could not resolve host: git.example",
  ],
  [
    'network',
    'git/client.go',
    '`git fetch origin` failed exit status 128: ssh: connect to host git.example port 22: Connection timed out',
  ],
  [
    'network',
    'util/argo/argo.go',
    `repository not accessible: ${DOWN}: dial tcp 172.30.1.1:8081: connect: connection refused"`,
  ],
  [
    'network',
    'apiclient',
    'rpc error: code = Unavailable desc = all SubConns are in TransientFailure, latest connection error: connection error: desc = "transport: authentication handshake failed: tls: first record does not look like a TLS handshake"',
  ],
  ['network', 'apiclient', `${DOWN}: dial tcp: lookup argocd-repo-server: i/o timeout"`],
  ['network', 'apiclient', 'rpc error: code = DeadlineExceeded desc = context deadline exceeded'],
  [
    'network',
    'apiclient',
    'Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = ResourceExhausted desc = grpc: received message larger than max (500 vs. 100)',
  ],
  ['network', 'util/cache', `${LOAD} dial tcp: lookup argocd-redis on 100.64.0.10:53: no such host`],
  ['network', 'util/cache', 'rpc error: code = Unknown desc = NOAUTH Authentication required.'],
  [
    'network',
    'reposerver',
    `${LOAD} \`helm dependency build\` failed exit status 1: Error: Get "https://charts.example/index.yaml": dial tcp: lookup charts.example: no such host`,
  ],
  // revision
  ['revision', 'git/client.go', `${LOAD} unable to resolve 'v9' to a commit SHA: revision not found`],
  ['revision', 'git/client.go 2.x', "rpc error: code = Unknown desc = Unable to resolve 'release-9' to a commit SHA"],
  [
    'revision',
    'git/client.go',
    `${LOAD} Failed to fetch revision abc: \`git fetch origin abc\` failed exit status 128: fatal: couldn't find remote ref abc`,
  ],
  [
    'revision',
    'reposerver',
    `${LOAD} Failed to checkout revision abc: \`git checkout --force abc\` failed exit status 1: error: pathspec 'abc' did not match any file(s) known to git`,
  ],
  ['revision', 'reposerver', `${LOAD} Failed to fetch revision abc: fatal: remote error: upload-pack: not our ref abc`],
  ['revision', 'helm/index.go', "rpc error: code = Unknown desc = chart 'web' not found in index"],
  [
    'revision',
    'oci/client.go',
    `${LOAD} failed to resolve revision ">9": no version for constraints: constraint not found in 3 tags`,
  ],
  [
    'revision',
    'helm',
    `${LOAD} \`helm pull --version 9.9.9\` failed exit status 1: Error: chart "web" matching 9.9.9 not found in team index`,
  ],
  // path
  ['path', 'util/app/path', `${LOAD} charts/vault-config: app path does not exist`],
  ['path', 'util/app/path', `${LOAD} charts/vault-config/Chart.yaml: app path is not a directory`],
  ['path', 'util/app/path', `${LOAD} ../other: app path outside root`],
  [
    'path',
    'reposerver',
    `${LOAD} Manifest generation error (cached): \`helm template . --values /w/x/charts/web/values-prodtest.yaml\` failed exit status 1: Error: open /w/x/charts/web/values-prodtest.yaml: no such file or directory`,
  ],
  ['path', 'reposerver', `${LOAD} repository contains out-of-bounds symlinks. file: charts/x`],
  // chart, kustomization, plain manifests, plugins
  [
    'chart',
    'util/helm',
    `${LOAD} Manifest generation error (cached): failed to execute helm template command: \`helm template . --name-template web\` failed exit status 1: Error: template: web/templates/x.yaml:3:4: executing "x" at <.Values.vault.address>: nil pointer evaluating interface {}.address`,
  ],
  [
    'chart',
    'util/helm',
    `${LOAD} \`helm template .\` failed exit status 1: Error: execution error at (web/templates/x.yaml:1:4): authentication required: set vault.token, 401 Unauthorized`,
  ],
  [
    'chart',
    'util/helm',
    `${LOAD} \`helm template .\` failed exit status 1: Error: values don't meet the specifications of the schema(s)`,
  ],
  [
    'chart',
    'util/helm',
    `${LOAD} \`helm template .\` failed exit status 1: Error: found in Chart.yaml, but missing in charts/ directory: common`,
  ],
  [
    'chart',
    'util/kustomize',
    `${LOAD} \`kustomize build /w/https:__git.example_team_gitops/overlays/prodtest\` failed exit status 1: Error: accumulating resources: accumulation err='x': missing metadata.name`,
  ],
  ['chart', 'util/kustomize', `${LOAD} kustomization file not found in the path`],
  [
    'chart',
    'reposerver',
    `${LOAD} failed to unmarshal manifest: error converting YAML to JSON: yaml: line 5: mapping values are not allowed in this context`,
  ],
  ['chart', 'reposerver', `${LOAD} Failed to unmarshal "x.yaml": error unmarshaling JSON`],
  [
    'chart',
    'reposerver',
    `${LOAD} error generating manifests in cmp: rpc error: code = Unknown desc = error generating manifests: exit status 1`,
  ],
  ['chart', 'reposerver', `${LOAD} source referenced "values", but no source has a 'ref' field defined`],
  ['chart', 'reposerver', `${LOAD} Manifest generation error (cached): plugin sidecar failed`],
  [
    'chart',
    'applicationset',
    'failed to execute go template {{.name}}: template: :1:2: executing "" at <.name>: map has no entry for key "name"',
  ],
  ['chart', 'util/argo/argo.go', 'spec.source.repoURL and either spec.source.path or spec.source.chart are required'],
  // project, cluster, RBAC
  ['permission', 'util/argo/argo.go', `application repo ${REPO} is not permitted in project 'default'`],
  [
    'permission',
    'util/argo/argo.go',
    "application destination server 'https://x:6443' and namespace 'web' do not match any of the allowed destinations in project 'default'",
  ],
  ['permission', 'controller/sync.go', 'resource secrets.hashicorp.com:VaultAuth is not permitted in project default'],
  [
    'permission',
    'controller/sync.go',
    "one or more objects failed to apply, reason: namespace kube-system is not permitted in project 'default'",
  ],
  [
    'permission',
    'reposerver',
    "rpc error: code = PermissionDenied desc = helm repos https://charts.example are not permitted in project 'default'",
  ],
  [
    'permission',
    'kubernetes',
    'one or more objects failed to apply, reason: vaultauths.secrets.hashicorp.com is forbidden: User "system:serviceaccount:openshift-gitops:argocd" cannot create resource "vaultauths"',
  ],
  [
    'permission',
    'util/argo/argo.go',
    'application destination spec is invalid: there are no clusters with this name: spoke',
  ],
  [
    'permission',
    'gitops-engine',
    'Failed to load live state: namespace "bitiq-prodtest" for VaultAuth "k8s" is not managed',
  ],
  ['permission', 'applicationset', 'application references project nope which does not exist'],
  // CRDs
  [
    'crd',
    'kubernetes',
    'one or more objects failed to apply, reason: error when creating "/dev/shm/1": no matches for kind "VaultAuth" in version "secrets.hashicorp.com/v1beta1"',
  ],
  [
    'crd',
    'kubernetes',
    'Failed last sync attempt to [abc]: one or more synchronization tasks are not valid (retried 5 times).: the server could not find the requested resource',
  ],
  [
    'crd',
    'gitops-engine',
    'The Kubernetes API could not find redhatcop.redhat.io/Policy for requested resource openshift-gitops/x. Make sure the "Policy" CRD is installed on the destination cluster.',
  ],
  [
    'crd',
    'kubectl',
    'resource mapping not found for name: "x" namespace: "y" from "z": no matches for kind "Policy" in version "redhatcop.redhat.io/v1alpha1"; ensure CRDs are installed first',
  ],
  // sync
  ['sync', 'gitops-engine', 'one or more objects failed to apply (dry run)'],
  ['sync', 'gitops-engine', 'one or more synchronization tasks completed unsuccessfully'],
  [
    'sync',
    'controller',
    'Failed last sync attempt to [abc]: one or more objects failed to apply, reason: KubernetesAuthEngineConfig.redhatcop.redhat.io "k" is invalid: spec.path: Required value (retried 5 times).',
  ],
  [
    'sync',
    'kubernetes',
    'error when patching "/dev/shm/1": admission webhook "v.example" denied the request: spec.path cannot be updated',
  ],
  ['sync', 'kubernetes', 'Deployment.apps "x" is invalid: spec.selector: Invalid value: field is immutable'],
  [
    'sync',
    'controller/state.go',
    'Failed to compare desired state to live state: failed to calculate diff: error calculating structured merge diff',
  ],
  // nothing that anyone knows
  ['unknown', '-', 'the moon is full'],
  ['unknown', '-', ''],
];
