/** Whether a program is there. Asked before one is started by way of another, which would start and only then find nothing to become. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => existsSync(join(folder, program)));
}
