/**
 * The public key of sample mirrors. The private key is published, too (src/sample/key.ts), so its signature proves nothing: it must never
 * be trusted for any mirror except a sample that the user chose.
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

/** The OpenPGP key that signs the ISOs of samples. */
const SAMPLE_RELEASE_KEY = `-----BEGIN PGP PUBLIC KEY BLOCK-----

xsBNBGWSAIABCACloMY7pqVlbaf7QTIVhbg7gzBJHSdbo48439mg3HHhmVds
Gklw6xcfJl266RYQnj2n1nfL3TMbA3993/R6rcLRIZVmAbRccHuDnP7J9qu3
w/XtB+hVVeHgOyvTeDZGsWEY4RuE6GBHmIKNFN6aeKQmm/a7Mu/fvcLgkZ3v
9Aqd1elTMeeDuIsFE7TbymeDyQewdU3hUI8RuOdHWSQMN6K6Obr/xKJJNwB5
zNbo/xAehimtylZ/bE5jWxSLWq0/TnG5amlHlOBIXp1RfkP6Gm2tgHq9tyLH
k6oO1KPPLqu+MBTKBCEBpneQdB9/qEgNu9rzlr+8rO0Oobbwd6qM4FZHABEB
AAHNO2FpYiBzYW1wbGUgbWlycm9yIChwdWJsaXNoZWQgdGVzdCBrZXksIHZv
dWNoZXMgZm9yIG5vdGhpbmcpwsCLBBMBCgA/BYJlkgCAAwsJBwkQxf4Me50q
sooFFQoIDgwEFgACAQIZAQKbAwIeARYhBDKj0rz9mgh1/9b/8cX+DHudKrKK
AAAKRwf/cogJcuWm9GhFlyBFWuip7k74XL8xwolFoo+OvNY2vC6jDdcBfYij
kxfzwxDUCc0GZAW6sr+ZzNZSTnmsK6pTH5nLKKWFwqJSa0pDogD9NuaVpMtD
nobsINxW6qs0t/vAqEKJDm/RVtcDFrlYay8HPEc07jZjN74x3Umi+d8RZJWa
ai5IyryyOZFSd82FHHlS+CMk10PzPzvT//WXgWxp9rCWE95vZ2a0XcRbqtxS
XaXRgBAN2853tagy1A8ZMP2YJ7nObqg1B2Y+GX7YU5VNbtD+T0wMtLR/c+te
5XsqmntDV2MESIz+5A9jbcOOxD8RvxvnciFukJICgV1TgJDWWQ==
=cUSg
-----END PGP PUBLIC KEY BLOCK-----
`;

/** The trusted keys after the user chose a sample. A sample may contain Alpine's own packages, which keep their signature. */
export function sampleTrustRoot(): TrustRoot {
  return {
    name: 'sample',
    keys: new Map([...trustRoot('alpine').keys, [SAMPLE_KEY_NAME, SAMPLE_PUBLIC_KEY]]),
    releaseSigner: { fingerprint: '32A3D2BCFD9A0875FFD6FFF1C5FE0C7B9D2AB28A', armored: SAMPLE_RELEASE_KEY },
  };
}
