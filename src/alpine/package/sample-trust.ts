/**
 * The public key of sample mirrors. The private half is published too (src/sample/key.ts), so a signature by it vouches for nothing: it must
 * never be trusted for any mirror but a sample that the user chose.
 */
import { type TrustRoot, trustRoot } from './keys.ts';

/** As in /etc/apk/keys and in the names of signatures. */
export const SAMPLE_KEY_NAME = 'aib-sample-1.rsa.pub';

export const SAMPLE_PUBLIC_KEY = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwdBV5MsroDSXAdtrLNEp
fHkX2SWn06Zgck1r0PizeFRep6uCrOPblmohCuGSTNXhrX8ni16tFs5ul+xWCCAe
PggqcYhJEiUubG+vs+mGlBN/E4LOu//YMvKLwb51GMsQJWSEoltxorAyuBHqSjq/
pSiRiGLM0vdmDsybmeLVZFy3lZf3Feg27jRJzbSYjZWnQ+TJOF5n0MeCGe2Ki08w
GsyiAvUdqEiXWiaghGN94qFFQ0dSDXYE0klnTHE1WWoH+eqp6/VqdA20Cj7oUVH0
vMFlAmqPDX/meeNouO4LK8uzsZPdgWbICHNaNB1dLu5Ax77PiWV689NK7G0zIzdr
GQIDAQAB
-----END PUBLIC KEY-----
`;

/** What a build trusts once its user has chosen the sample. A sample may hold packages of Alpine's own, which keep their signature. */
export function sampleTrustRoot(): TrustRoot {
  return { name: 'sample', keys: new Map([...trustRoot('alpine').keys, [SAMPLE_KEY_NAME, SAMPLE_PUBLIC_KEY]]) };
}
