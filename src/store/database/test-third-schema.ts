/** A store that aib 0.1.0 made with the third schema, for tests of the migration: the dump of a real store after the build of one index. */
import { join } from 'node:path';
import SQLite from 'better-sqlite3';

/** The key of the index in the dump. */
export const THIRD_KEY = '2c544df03bb6b9551d478fdc689bc1d415bb707afc5fdc17041e82b91b6cefc1';
export const THIRD_LABEL = '//index/3.20/x86_64/main';

const THIRD = `
  CREATE TABLE blobs (hash TEXT PRIMARY KEY, stat TEXT NOT NULL, size INTEGER NOT NULL DEFAULT 0, xxh64 TEXT) WITHOUT ROWID;
  INSERT INTO "blobs" VALUES('60937481dcd1355521909fbb773197bf7c156bcf7ad5613fc6874a918166f620','10037485:1857899:1796011285547038730:1796011285607038730',1857899,'274bbeadedc9dcb4');
  CREATE TABLE estimates (label TEXT PRIMARY KEY, kind TEXT NOT NULL, duration REAL, memory INTEGER) WITHOUT ROWID;
  INSERT INTO "estimates" VALUES('//index/3.20/x86_64/main','index',385.0,NULL);
  CREATE TABLE executions (
    run INTEGER NOT NULL, label TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, started INTEGER NOT NULL, duration INTEGER NOT NULL,
    status TEXT NOT NULL, reason TEXT NOT NULL, log TEXT, queued INTEGER, slot INTEGER, resources TEXT, memory INTEGER, changed INTEGER, after TEXT, failure TEXT, PRIMARY KEY (run, label)
  ) WITHOUT ROWID;
  INSERT INTO "executions" VALUES(2,'//index/3.20/x86_64/main','index','2c544df03bb6b9551d478fdc689bc1d415bb707afc5fdc17041e82b91b6cefc1',1796011285249,385,'done','never built here','runs/2/index-3.20-x86_64-main.log',1796011285240,1,'{"network":1,"jobs":1}',NULL,1,'[]',NULL);
  CREATE TABLE identity (id TEXT NOT NULL);
  INSERT INTO "identity" VALUES('23c220cf-5226-4747-93a5-80a8a2beb97d');
  CREATE TABLE latest (label TEXT PRIMARY KEY, key TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
  INSERT INTO "latest" VALUES('//index/3.20/x86_64/main','2c544df03bb6b9551d478fdc689bc1d415bb707afc5fdc17041e82b91b6cefc1',1796011285632);
  CREATE TABLE records (key TEXT PRIMARY KEY, label TEXT NOT NULL, kind TEXT NOT NULL, json TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO "records" VALUES('2c544df03bb6b9551d478fdc689bc1d415bb707afc5fdc17041e82b91b6cefc1','//index/3.20/x86_64/main','index','{"key":"2c544df03bb6b9551d478fdc689bc1d415bb707afc5fdc17041e82b91b6cefc1","label":"//index/3.20/x86_64/main","kind":"index","outputs":{"index":{"type":"file","digest":{"hash":"60937481dcd1355521909fbb773197bf7c156bcf7ad5613fc6874a918166f620","size":1857899},"path":"APKINDEX.tar.gz"}},"parts":[{"name":"argument 0","value":"aib"},{"name":"argument 1","value":"index"},{"name":"AIB_FORMAT","value":"1"},{"name":"AIB_KIND","value":"index"},{"name":"INDEX","value":"v3.20/main/x86_64"},{"name":"SHA256","value":"60937481dcd1355521909fbb773197bf7c156bcf7ad5613fc6874a918166f620"},{"name":"TRUST_ROOT","value":"sample"},{"name":"output APKINDEX.tar.gz","value":"file"},{"name":"time limit","value":"0 s"}],"crc":1039806498}',1796011285632);
  CREATE TABLE run_nodes (run INTEGER PRIMARY KEY, hits BLOB NOT NULL, skipped TEXT NOT NULL);
  CREATE TABLE runs (id INTEGER PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER, command TEXT NOT NULL, status TEXT, nodes INTEGER, ran INTEGER, hits INTEGER, failed INTEGER);
  INSERT INTO "runs" VALUES(2,1796011285234,1796011285820,'build //iso/x86_64 //index/3.20/x86_64/main //aws/x86_64/uefi/tiny:overlay','done',6,2,1,0);
  CREATE TABLE sources (path TEXT PRIMARY KEY, stat TEXT NOT NULL, scanned INTEGER NOT NULL, xxh64 TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, crc INTEGER) WITHOUT ROWID;
  CREATE INDEX executions_by_label ON executions (label, run);
  INSERT INTO "run_nodes" VALUES(2,X'D3D74F2C2FD6AFB0308B3733D12F4D4DCBD42FC9CCAB7430D63332B0CA2F4B2DCA49AC0400','[]');
  PRAGMA user_version = 3;
  PRAGMA application_id = 1634296323;
`;

export function makeThird(folder: string): SQLite.Database {
  const database = new SQLite(join(folder, 'aib.db'));
  database.pragma('journal_mode = WAL');
  database.exec(THIRD);
  return database;
}
