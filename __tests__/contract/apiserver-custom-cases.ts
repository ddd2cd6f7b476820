import { type Case, MERGE, named, STRATEGIC, TABLE } from './apiserver-cases.js';

/** A kind with a schema, a status and a column, once its definition is served. */
export const THING = {
  metadata: { name: 'things.example.org' },
  spec: {
    group: 'example.org',
    scope: 'Namespaced',
    names: { kind: 'Thing', listKind: 'ThingList', plural: 'things', singular: 'thing', shortNames: ['th'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  size: { type: 'integer' },
                  parts: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
                  any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
              status: { type: 'object', properties: { phase: { type: 'string' } } },
            },
          },
        },
      },
    ],
  },
};

const THINGS = '/apis/example.org/v1/namespaces/default/things';
const thing = (metadata: object, more: object = {}): object => ({
  apiVersion: 'example.org/v1',
  kind: 'Thing',
  metadata,
  ...more,
});

export const CUSTOM: readonly Case[] = [
  ['GET', '/apis/example.org'],
  ['GET', '/apis/example.org/v1'],
  ['GET', '/apis/example.org/v2/things'],
  ['GET', '/apis/example.org/v1/others'],
  ['GET', '/apis/example.org/v1/things'],
  ['GET', THINGS],
  ['GET', THINGS, undefined, {}, 'bob'],
  ['POST', THINGS, named('bare')],
  ['POST', THINGS, { ...thing({ name: 'other' }), kind: 'Other' }],
  [
    'POST',
    THINGS,
    thing(
      { name: 'a' },
      { spec: { size: 1, odd: 2, parts: [{ name: 'x', odd: 1 }], any: { odd: 1 } }, status: { phase: 'lost' } },
    ),
  ],
  ['POST', THINGS, thing({ name: 'a' })],
  ['POST', `${THINGS}?dryRun=All`, thing({ name: 'dry' })],
  ['GET', `${THINGS}/a`],
  ['GET', `${THINGS}/none`],
  ['GET', `${THINGS}/a?includeObject=None`, undefined, TABLE],
  ['GET', `${THINGS}?fieldSelector=metadata.name%3Da`],
  ['GET', `${THINGS}?fieldSelector=spec.size%3D1`],
  ['PUT', `${THINGS}/a`, thing({ name: 'a' }, { spec: { size: 2 } })],
  ['PATCH', `${THINGS}/a`, { spec: { size: 3 }, status: { phase: 'lost' } }, MERGE],
  ['PATCH', `${THINGS}/a/status`, { spec: { size: 9 }, status: { phase: 'Ready' } }, MERGE],
  ['PATCH', `${THINGS}/a`, { metadata: { annotations: { only: 'metadata' } } }, MERGE],
  ['GET', `${THINGS}/a/status`],
  ['PATCH', `${THINGS}/a`, {}, STRATEGIC],
  ['GET', `${THINGS}/a/scale`],
  ['DELETE', `${THINGS}/a?dryRun=All`],
  ['DELETE', `${THINGS}/a`],
  ['DELETE', `${THINGS}/a`],
  ['DELETE', THINGS],
];
