import { tryOn } from './commands.ts';

// Its Node is 18, too old for aib and for much of what the tests use.
tryOn('bookworm', { quickAs: 'ordinary' });
