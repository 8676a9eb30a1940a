import { expect, test } from 'vitest';
import { isLoopback } from './loopback.ts';

test.each<[string, NodeJS.ProcessEnv, boolean]>([
  ['nothing is said', {}, false],
  ['all is asked here', { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }, true],
  ['all is asked here, by name', { AWS_ENDPOINT_URL: 'http://localhost:4566' }, true],
  ['all is asked here, by IPv6', { AWS_ENDPOINT_URL: 'http://[::1]:4566' }, true],
  [
    'one service is asked elsewhere',
    { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_EC2: 'https://ec2.eu-west-1.amazonaws.com' },
    false,
  ],
  ['a host begins like this one', { AWS_ENDPOINT_URL: 'http://127.0.0.1.example.org' }, false],
  [
    'what is said is ignored',
    { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
    false,
  ],
  ['it is no address', { AWS_ENDPOINT_URL: 'here' }, false],
])('where %s', (_, environment, expected) => {
  expect(isLoopback(environment)).toBe(expected);
});
