// What servers refuse with: a client takes only codes that it knows, so it has to know them all.
import '@ward/custodian/errors';
import '@ward/engine/errors';
import '@ward/node/errors';
import '@ward/server/errors';
import '@ward/vault/errors';
