/** Whether the environment sets a fake of AWS on this machine for the SDK. Never loads the SDK. */

const SERVICES = ['EC2', 'EBS', 'S3', 'SERVICE_QUOTAS', 'SSM', 'STS'];

/** Whether all requests stay on this machine, so that no account is used. */
export function isLoopback(environment: NodeJS.ProcessEnv): boolean {
  const { AWS_ENDPOINT_URL: all, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: ignored } = environment;
  if (ignored === 'true') return false;
  return SERVICES.every(service => {
    const url = environment[`AWS_ENDPOINT_URL_${service}`] ?? all ?? '';
    return URL.canParse(url) && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(new URL(url).hostname);
  });
}
