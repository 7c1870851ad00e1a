import {
  CBOR_TYPE,
  type Endpoint,
  type Format,
  isEventStream,
  isRaw,
  type Json,
  PROBLEM_TYPE,
  RAW_TYPE,
  REQUEST_HEADER,
} from '@ward/protocol';
import type { TSchema } from 'typebox';

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  /** Where the server is reached. */
  readonly origin: string;
}

type Schemas = { [name: string]: TSchema };

/** JSON Schema of `application/problem+json` (RFC 9457) with Ward's members. */
const PROBLEM = {
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    data: { type: 'object' },
  },
  required: ['type', 'title', 'status', 'code', 'data'],
};

/** The OpenAPI 3.1 document of some doors, made from the schemas that check their requests. */
export function openApiDocument(
  endpoints: readonly Endpoint[],
  { title, version, origin }: OpenApiOptions,
): Json {
  const schemas: Schemas = {};
  const paths: { [path: string]: { [method: string]: object } } = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}');
    const methods = paths[path] ?? {};
    paths[path] = methods;
    methods[endpoint.method.toLowerCase()] = operation(endpoint, schemas);
  }
  const document = {
    openapi: '3.1.0',
    info: { title, version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: origin }],
    paths,
    components: {
      schemas: { ...schemas, Problem: PROBLEM },
      securitySchemes: {
        signedRequest: {
          type: 'apiKey',
          in: 'header',
          name: REQUEST_HEADER,
          description: 'A signature over method, path, body, time and nonce: docs/protocol.md',
        },
      },
    },
  };
  // Through JSON: what it has no form for, such as our notes on schemas, falls away.
  return JSON.parse(JSON.stringify(document)) as Json;
}

function operation(endpoint: Endpoint, schemas: Schemas): object {
  const { name, summary, signedBy } = endpoint;
  return {
    operationId: name,
    summary,
    parameters: [
      ...parametersOf(endpoint.params, 'path'),
      ...parametersOf(endpoint.query, 'query'),
    ],
    ...(endpoint.body === null ? {} : { requestBody: requestBody(endpoint, schemas) }),
    responses: {
      ...answerOf(endpoint, schemas),
      default: {
        description: 'A refusal, by its code',
        content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
    ...(signedBy === 'nobody'
      ? {}
      : { security: [{ signedRequest: [] }], 'x-signed-by': signedBy.split('-or-') }),
  };
}

function parametersOf(fields: Endpoint['params'], place: 'path' | 'query'): object[] {
  return Object.entries(fields).map(([name, schema]) => {
    const choices = (schema as { anyOf?: readonly TSchema[] }).anyOf;
    // A nullable parameter may be left out: null has no form in a URL.
    return { name, in: place, required: choices === undefined, schema: choices?.[0] ?? schema };
  });
}

function requestBody({ body }: Endpoint, schemas: Schemas): object {
  return { required: true, content: contentOf(body as object, schemas) };
}

function answerOf({ answer }: Endpoint, schemas: Schemas): object {
  if (answer === null) return { '204': { description: 'Done' } };
  if (!isEventStream(answer)) {
    return { '200': { description: 'The answer', content: contentOf(answer, schemas) } };
  }
  const schema = { type: 'string', description: `Events, each a ${answer.event.name}` };
  schemas[answer.event.name] = answer.event.schema;
  return { '200': { description: 'Events', content: { 'text/event-stream': { schema } } } };
}

function contentOf(body: object, schemas: Schemas): object {
  if (isRaw(body)) {
    const schema = { type: 'string', format: 'binary', maxLength: body.bytesMax };
    return { [RAW_TYPE]: { schema } };
  }
  const format = body as Format<unknown>;
  schemas[format.name] = format.schema;
  const schema = { $ref: `#/components/schemas/${format.name}` };
  const description = `CBOR list: version ${format.version}, then the fields in order`;
  return {
    'application/json': { schema },
    [CBOR_TYPE]: { schema: { type: 'string', format: 'binary', description } },
  };
}
