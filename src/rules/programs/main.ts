/**
 * The process that runs builtins: for aib, over Node's channel; or by hand in a folder from `aib action --to`, with the name of the program
 * and the paths of its inputs.
 */
import { enableCompileCache } from 'node:module';
import { runByHand } from '../../engine/run/builtin/run-by-hand.ts';
import { serveBuiltins } from '../../engine/run/builtin/serve-builtins.ts';
import { compiledCode } from '../../util/files/compiled-code.ts';
import { BUILTINS } from './builtin-table.ts';

const code = compiledCode(import.meta.dirname);
if (code !== undefined) enableCompileCache(code);
const words = process.argv.slice(2);
if (words.length === 0) serveBuiltins(BUILTINS);
else process.exitCode = await runByHand(BUILTINS, words);
