/**
 * The fake of AWS as a separate process: `node main.ts [FOLDER]` prints its address, keeps its state in the folder, and ends with its
 * input.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startFakeAws } from './server.ts';

const folder = process.argv[2];
const isKept = folder !== undefined && existsSync(join(folder, 'state.json'));
const aws = await startFakeAws(isKept ? { from: folder } : {});
process.stdout.write(`${aws.url}\n`);
process.stdin.resume().once('end', () => {
  if (folder !== undefined) aws.save(folder);
  void aws.stop();
});
