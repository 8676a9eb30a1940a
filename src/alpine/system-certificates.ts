/**
 * Makes Node trust whom this machine trusts, such as the authority of a company that looks into its traffic; by itself it trusts only the
 * authorities that it comes with. To be called before a connection: reading them takes 20 to 60 ms, which `--use-system-ca` costs each start.
 */
let done: Promise<void> | undefined;

export function trustSystemCertificates(): Promise<void> {
  done ??= trust();
  return done;
}

async function trust(): Promise<void> {
  const tls = await import('node:tls');
  // Node before 22.19 cannot. That of a distribution need not, and for any other there is NODE_EXTRA_CA_CERTS, which counts as default.
  if (typeof tls.setDefaultCACertificates !== 'function') return;
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), ...tls.getCACertificates('system')]);
}
