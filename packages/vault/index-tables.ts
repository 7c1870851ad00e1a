/**
 * Tables of the vault's index. Blobs say nothing of what they hold: this does. A row is written
 * only when the bytes that it names are durable, and goes before they do.
 */
export const INDEX_VERSIONS: readonly string[] = [
  `
  CREATE TABLE objects (
    chart BLOB NOT NULL,
    name BLOB NOT NULL,
    kind TEXT NOT NULL,
    blob TEXT NOT NULL,
    place INTEGER NOT NULL,
    size INTEGER NOT NULL,
    bodies BLOB,                  -- a packed object's list of bodies
    holder BLOB NOT NULL,         -- organisation that stored it; empty for the owner
    time INTEGER NOT NULL,
    damaged INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chart, name)
  ) WITHOUT ROWID;
  CREATE INDEX objects_by_name ON objects (name);
  CREATE INDEX objects_by_blob ON objects (blob, place);

  -- What the owner had deleted: a whole object (body -1), or one body of a packed one.
  CREATE TABLE deletions (
    chart BLOB NOT NULL,
    name BLOB NOT NULL,
    body INTEGER NOT NULL,
    digest BLOB NOT NULL,
    time INTEGER NOT NULL,
    blob TEXT NOT NULL,
    place INTEGER NOT NULL,
    size INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chart, name, body)
  ) WITHOUT ROWID;
  CREATE INDEX deletions_to_do ON deletions (done) WHERE done = 0;

  CREATE TABLE usage (
    holder BLOB NOT NULL,
    chart BLOB NOT NULL,
    bytes INTEGER NOT NULL,
    objects INTEGER NOT NULL,
    PRIMARY KEY (holder, chart)
  ) WITHOUT ROWID;

  CREATE TABLE headers (
    chart BLOB NOT NULL,
    rank INTEGER NOT NULL,        -- cold rotations before it
    version INTEGER NOT NULL,
    digest BLOB NOT NULL,
    bytes BLOB NOT NULL,
    slot BLOB NOT NULL,
    state TEXT NOT NULL,
    ck BLOB NOT NULL,
    cold BLOB NOT NULL,
    mailbox_key BLOB NOT NULL,
    time INTEGER NOT NULL,
    carried INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chart, rank, version, digest)
  ) WITHOUT ROWID;

  CREATE TABLE boxes (
    kind TEXT NOT NULL,
    box BLOB NOT NULL,
    last INTEGER NOT NULL,        -- number of its newest letter; never used again
    PRIMARY KEY (kind, box)
  ) WITHOUT ROWID;

  CREATE TABLE letters (
    kind TEXT NOT NULL,
    box BLOB NOT NULL,
    number INTEGER NOT NULL,
    time INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (kind, box, number)
  );

  CREATE TABLE notices (
    chart BLOB NOT NULL,
    organisation BLOB NOT NULL,
    day INTEGER NOT NULL,
    count INTEGER NOT NULL,
    summary INTEGER,              -- number of the letter that tells how many came on top
    told INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chart, organisation, day)
  ) WITHOUT ROWID;
  CREATE INDEX notices_by_day ON notices (day);
  `,
  `
  -- Whether a header is carried stands behind its bytes: without this each is read to know it.
  CREATE INDEX headers_by_carried ON headers (chart, carried, rank, version);
  `,
];
