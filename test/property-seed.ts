/** Properties are tried on the same values each time in the first tier, so that a change is judged by what it changes; on new ones in the others. */
import fc from 'fast-check';
import { tier } from './tier.ts';

const wanted = process.env.AIB_SEED ?? '';
if (tier === 'first' || wanted !== '') fc.configureGlobal({ seed: Number(wanted === '' ? '20261130' : wanted) });
