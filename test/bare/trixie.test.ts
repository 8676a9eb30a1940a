import { tryOn } from './commands.ts';

tryOn('trixie', { quickAs: 'root' });
