import { defineEndpoint, defineFormat, type FormatOf, field, NOTE_LIMITS } from '@ward/protocol';

/** The newest head that a witness cosigned, as a signed note of C2SP. */
export const CosignedHead = defineFormat('cosigned-head', 1, {
  note: field.text(NOTE_LIMITS.lengthMax),
});
export type CosignedHead = FormatOf<typeof CosignedHead>;

export const getCosignedHead = defineEndpoint({
  name: 'get-cosigned-head',
  method: 'GET',
  path: '/v1/witness/head',
  summary: 'The newest head that this witness cosigned, with its time',
  params: {},
  query: {},
  body: null,
  answer: CosignedHead,
  signedBy: 'nobody',
});
