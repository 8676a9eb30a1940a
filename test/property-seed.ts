/**
 * In the first tier, property tests use the same values each time, so that a result depends only on the change; in the other tiers, new
 * values.
 */
import fc from 'fast-check';
import { tier } from './tier.ts';

const wanted = process.env.AIB_SEED ?? '';
if (tier === 'first' || wanted !== '') fc.configureGlobal({ seed: Number(wanted === '' ? '20261130' : wanted) });
