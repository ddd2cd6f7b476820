import { CouldNotTell, type Place } from './ledger.js';
import type { Repo } from './repo.js';
import { type Rendered, renderTemplate } from './template.js';
import { TemplateFault } from './template-lexer.js';
import { isMap, merged, pick, relined, setValue, type Value, type Values, valueOfYaml, withValue } from './value.js';
import { at, itemsOf, lineOf, textOf, type Yaml } from './yaml.js';

/** A resource that a chart renders; its lines are those of the template. */
export interface Resource {
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly node: Yaml;
}

/** What a chart renders with given values, and which templates could not be followed. */
export interface Chart {
  readonly resources: readonly Resource[];
  readonly blind: readonly string[];
}

export interface Release {
  readonly name: string;
  readonly namespace: string;
}

/** Renders one template; throws CouldNotTell at what is not understood. */
function render(repo: Repo, file: string, data: Value, nothing = ''): Rendered {
  return following(file, () => renderTemplate(repo.text(file), data, nothing));
}

/** Renders a text that stands in `file`. */
export function renderText(file: string, text: string, data: Value, nothing = ''): string {
  return following(file, () => renderTemplate(text, data, nothing).text);
}

function following<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof TemplateFault)) throw thrown;
    throw new CouldNotTell(`${file} line ${thrown.line}: ${thrown.what} is not followed`);
  }
}

/** The resources of one template. */
export function resourcesOf(repo: Repo, file: string, data: Value): readonly Resource[] {
  const rendered = render(repo, file, data);
  return repo.parse(rendered.text, file).flatMap((document) => {
    const node = relined(document, (line) => rendered.lineOf(line));
    const kind = textOf(at(node, 'kind'));
    if (kind === undefined) return [];
    const name = textOf(at(node, 'metadata', 'name')) ?? '';
    return [{ file, kind, name, namespace: textOf(at(node, 'metadata', 'namespace')) ?? '', node }];
  });
}

/** Every template of a chart that `wants` it, rendered. */
export function chartOf(
  repo: Repo,
  path: string,
  values: Values,
  release: Release,
  wants: (text: string) => boolean = () => true,
): Chart {
  const resources: Resource[] = [];
  const blind: string[] = [];
  const files = repo.list(`${path}/templates`).filter((name) => /\.ya?ml$/.test(name));
  if (files.length === 0) blind.push(`${path}/templates has no template`);
  for (const name of files) {
    const file = `${path}/templates/${name}`;
    try {
      if (wants(repo.text(file))) resources.push(...resourcesOf(repo, file, dataOf(repo, path, values, release)));
    } catch (thrown) {
      if (!(thrown instanceof CouldNotTell)) throw thrown;
      blind.push(thrown.message);
    }
  }
  return { resources, blind };
}

function dataOf(repo: Repo, path: string, values: Values, release: Release): Values {
  const chart = repo.has(`${path}/Chart.yaml`) ? valueOfYaml(repo.yaml(`${path}/Chart.yaml`)) : null;
  return new Map<string, Value>([
    ['Values', values],
    ['Release', new Map(Object.entries({ Name: release.name, Namespace: release.namespace, Service: 'Helm' }))],
    [
      'Chart',
      new Map<string, Value>([
        ['Name', pick(chart, 'name') ?? ''],
        ['Version', pick(chart, 'version') ?? ''],
      ]),
    ],
  ]);
}

/** The values a chart has of its own. */
export function ownValues(repo: Repo, path: string): Values {
  const file = `${path}/values.yaml`;
  if (!repo.has(file)) return new Map();
  const values = valueOfYaml(repo.yaml(file));
  if (!isMap(values)) throw new CouldNotTell(`${file} is no map of values`);
  return values;
}

/** A chart's values as the source of an Application sets them. */
export function sourceValues(repo: Repo, source: Yaml, given: (text: string) => string = (text) => text): Values {
  const path = textOf(at(source, 'path')) ?? '';
  let values = ownValues(repo, path);
  for (const item of itemsOf(at(source, 'helm', 'valueFiles'))) {
    const file = `${path}/${textOf(item) ?? ''}`;
    if (repo.has(file)) values = merged(values, mapOf(repo.yaml(file), file));
    else if (textOf(at(source, 'helm', 'ignoreMissingValueFiles')) !== 'true')
      throw new CouldNotTell(`${file} is not there`);
  }
  const inline = textOf(at(source, 'helm', 'values'));
  if (inline !== undefined)
    for (const document of repo.parse(inline, `${path}: its helm.values`))
      values = merged(values, mapOf(document, path));
  const object = at(source, 'helm', 'valuesObject');
  if (object) values = merged(values, mapOf(object, path));
  for (const item of itemsOf(at(source, 'helm', 'parameters'))) {
    const name = textOf(at(item, 'name'));
    const text = given(textOf(at(item, 'value')) ?? '');
    const value = textOf(at(item, 'forceString')) === 'true' ? text : setValue(text);
    if (name !== undefined) values = withValue(values, name.split('.'), value);
  }
  return values;
}

function mapOf(node: Yaml, what: string): Values {
  const values = valueOfYaml(node);
  if (values === null) return new Map();
  if (!isMap(values)) throw new CouldNotTell(`${what}: values that are no map`);
  return values;
}

/** The place in the template of a resource's field, or else of the deepest part of it that is there. */
export function placeOf(repo: Repo, resource: Resource, ...path: readonly (string | number)[]): Place {
  return repo.at(resource.file, lineOf(resource.node, ...path));
}
