import { describe, expect, test } from '@jest/globals';
import { renderTemplate } from '../../src/contract/template.js';
import { TemplateFault } from '../../src/contract/template-lexer.js';
import { merged, setValue, type Value, type Values, withValue } from '../../src/contract/value.js';

const map = (entries: Readonly<Record<string, Value>>): Values => new Map(Object.entries(entries));
const DATA = map({
  Values: map({
    name: 'prod',
    on: true,
    off: false,
    empty: '',
    count: 3,
    names: ['a', 'b'],
    nested: map({ path: 'x/y', enabled: true }),
    spec: map({ b: [1, map({ c: 'd: e' })], a: map({}) }),
  }),
});

const rendered = (text: string): string => renderTemplate(text, DATA).text;

describe('renders as Helm does', () => {
  test.each([
    ['{{ .Values.name }}', 'prod'],
    ['a  {{- " b " -}}  c', 'a b c'],
    ['a {{/* a comment */}}b{{- /* and\nanother */ -}} c', 'a bc'],
    ['{{ .Values.missing }}|{{ .Values.missing | quote }}', '|""'],
    ['{{ .Values.empty | default "else" }} {{ default false .Values.on }}', 'else true'],
    ['{{ .Values.name | upper | quote }}', '"PROD"'],
    ['{{ .Values.count | toString | quote }} {{ printf "%s-%d-%q %%" .Values.name 7 "x" }}', '"3" prod-7-"x" %'],
    ['{{ if .Values.off }}a{{ else if eq .Values.name "prod" "stage" }}b{{ else }}c{{ end }}', 'b'],
    ['{{ if and .Values.on (not .Values.off) (or .Values.empty .Values.name) }}yes{{ end }}', 'yes'],
    ['{{ if and .Values.missing .Values.missing.field }}yes{{ else }}no{{ end }}', 'no'],
    ['{{ range $i, $n := .Values.names }}{{ $i }}{{ $n }},{{ end }}', '0a,1b,'],
    ['{{ range .Values.names }}{{ . }}{{ $.Values.name }}{{ else }}none{{ end }}', 'aprodbprod'],
    ['{{ range .Values.missing }}x{{ else }}none{{ end }}', 'none'],
    ['{{ with .Values.nested }}{{ .path }}{{ end }}{{ with .Values.empty }}x{{ else }}y{{ end }}', 'x/yy'],
    ['{{ $x := 1 }}{{ if .Values.on }}{{ $x = 2 }}{{ end }}{{ $x }}', '2'],
    ['{{ $x := 1 }}{{ if .Values.on }}{{ $x := 2 }}{{ end }}{{ $x }}', '1'],
    ['{{ (default (dict) .Values.missing).field }}|{{ (dict "a" "b").a }}', '|b'],
    ['{{ hasKey .Values.nested "path" }} {{ get .Values.nested "path" }} {{ index .Values.names 1 }}', 'true x/y b'],
    ['{{ "{{ .env }}" }} {{ "{{ .a | default \\"b\\" }}" }}', '{{ .env }} {{ .a | default "b" }}'],
    ['{{ `raw "}}"` }}', 'raw "}}"'],
    ['{{ join "," .Values.names }} {{ list 1 2 | len }} {{ trimSuffix "od" .Values.name }}', 'a,b 2 pr'],
    ['{{ toYaml .Values.spec | indent 2 }}', '  "b":\n    - 1\n    -\n      "c": "d: e"\n  "a": {}'],
    ['x:{{ toYaml .Values.names | nindent 2 }}', 'x:\n  - "a"\n  - "b"'],
  ])('%s', (text, expected) => {
    expect(rendered(text)).toBe(expected);
  });
});

test('each line knows the line of the template that it comes from', () => {
  const text =
    '{{- if .Values.on }}\na: 1\n{{- range .Values.names }}\nb:\n  - {{ . }}\n{{- end }}\n{{- end }}\nc: 2\n';
  const { text: out, lineOf } = renderTemplate(text, DATA);
  expect(out).toBe('\na: 1\nb:\n  - a\nb:\n  - b\nc: 2\n');
  expect(out.split('\n').map((line, index) => `${line} ${line === '' ? '' : lineOf(index + 1)}`)).toEqual([
    ' ',
    'a: 1 2',
    'b: 4',
    '  - a 5',
    'b: 4',
    '  - b 5',
    'c: 2 8',
    ' ',
  ]);
});

test.each([
  ['{{ include "x" . }}', '`include`'],
  ['{{ lookup "v1" "Secret" "" "" }}', 'the function `lookup`'],
  ['\n\n{{ .Values.name.field }}', '`.field` of a value that is not there'],
  ['{{ $unknown }}', 'the variable `$unknown`'],
  ['{{ constructor }}', 'the function `constructor`'],
  ['{{ .Values.name ] }}', 'an expression that is not known'],
  ['{{ define "x" }}{{ end }}', '`define`'],
  ['{{ end }}', 'an `end` or `else` of nothing'],
  ['{{ range $x := .Values.name }}{{ end }}', 'a `range` over something else'],
])('%s is not guessed at', (text, said) => {
  expect(() => rendered(text)).toThrow(TemplateFault);
  expect(() => rendered(text)).toThrow(said);
});

test('values are laid upon each other as Helm does it', () => {
  const under = map({ a: map({ b: 1, c: 2 }), list: [1, 2] });
  expect(merged(under, map({ a: map({ c: 3 }), list: [9] }))).toEqual(map({ a: map({ b: 1, c: 3 }), list: [9] }));
  expect(merged(under, map({ a: null }))).toEqual(map({ list: [1, 2] }));
  expect(withValue(under, ['a', 'd', 'e'], true)).toEqual(
    map({ a: map({ b: 1, c: 2, d: map({ e: true }) }), list: [1, 2] }),
  );
  expect(['true', 'false', 'null', '8200', '007', 'https://x', ''].map(setValue)).toEqual([
    true,
    false,
    null,
    8200,
    '007',
    'https://x',
    '',
  ]);
});
