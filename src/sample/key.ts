/**
 * The key that signs the sample mirror. It is published here, so anybody can sign with it: it vouches for nothing, and must never be
 * trusted for any mirror but a sample.
 */
import type { TrustRoot } from '../alpine/package/keys.ts';

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

/** RSA with PKCS #1 v1.5 padding: the same bytes always get the same signature. */
export const SAMPLE_PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDB0FXkyyugNJcB
22ss0Sl8eRfZJafTpmByTWvQ+LN4VF6nq4Ks49uWaiEK4ZJM1eGtfyeLXq0Wzm6X
7FYIIB4+CCpxiEkSJS5sb6+z6YaUE38Tgs67/9gy8ovBvnUYyxAlZISiW3GisDK4
EepKOr+lKJGIYszS92YOzJuZ4tVkXLeVl/cV6DbuNEnNtJiNladD5Mk4XmfQx4IZ
7YqLTzAazKIC9R2oSJdaJqCEY33ioUVDR1INdgTSSWdMcTVZagf56qnr9Wp0DbQK
PuhRUfS8wWUCao8Nf+Z542i47gsry7Oxk92BZsgIc1o0HV0u7kDHvs+JZXrz00rs
bTMjN2sZAgMBAAECggEAA+RfO967nnY9O7+QWwBL9RCzzVEfr2pQK1jJgT25UZbf
fBOqO7bAsQ1/t974nTvkp2NeDoMFIVKIbzBtuDCNmEEkObma/rcJ7rSzIn8I9ujJ
p2vmoxOxH7F2DoWOBu8vAL07Gk07+TXQyEMDLDXv+s0CLSsPbMN57x1QmPTF7xkS
P/F+IFP60peGQupeYw46dKQwIGe8oDPx1untfYqS5HprZznd185mL+b4baRVIkgE
diSZZWIZpmvFwReSdPyP925QEp7RNNe6ISsR/LC+kwvAbmrjqLSmhritLqbWlNJ/
6U1+ZRK0j5vC973h9xWyS0SxfhBGrq3VQSb4fmOeoQKBgQDwqAcnYF0wKsLGoHXZ
KzAEU1sknbH+d0MDukl6KVYj08BagGhxR96JVwlqdZfnQ8wmzo33I21sDTwo8qIu
eYphcA1CZoVIFP3kPE9eoLcPm89XZKhMpzlQGL0Z/toHZF1e+WCHIFmiq9WKagzc
j3FV1YI2wddEhv+ERwvV0vGj6QKBgQDOK79icSI3r8dCBn6rIw84ZvyM1r2nEmAo
0Ff6YD38Cp9O7AGMVC1ug8ngqM04c8hQj7e12qa7dFOC0IetqToX+bTIOaWHw7A6
fBYeglicUrHNZJLMdJPMPKNqqD5XdGvnFUND+/sDfL8G2mJi1fxqHkfs38kSI+m4
e0ndTOD/sQKBgQDgs4M6ePeJ6eNDor9mrrR+1XXckoGHn8Oqz12b+sy7VxPbbNoY
K4rVobbg+DuFbABKm8JiZ2nb4d+yPBrCWimjIQTAYwk/bJpDaSySpm1G3ayTZSDf
saQJ7Y9jnlnlXQjxjNdcVBBdmyQfwTWRGz4vbtPOXN+q1IHv+IZMeFG3QQKBgCz2
w42fqNvGPUm8CuIeClK9uzSoHMKUMl6UWaukU8BlPKtEs228ahAhM+UIS4GVVsmj
HmjN3/EgBJqSChUoxB+4eOH2GJDMb+HBcD2FJfgp3NczqQRoJFe1ndpECRyfqmzC
aWIpUWxIR40iEbUGgD9QjVUu1TZcmLuAP/LAso1xAoGAIbJ1b+Fg65tE6/iNK9zP
0tHSKl8pqcctahFx5P4oDpqOgpqBquZBdpQUapK+HmZEbEXo+04g17WRwZ5fUj/n
FSg0+qZ0dg/2kTU8/xNieI95t23B6TNRaTI20tjUAU+IO8SY8m3vDWlDD4sVXsJ6
faInQQfGX609mP34vx1kOLM=
-----END PRIVATE KEY-----
`;

/** What a build trusts once its user has chosen the sample. */
export function sampleTrustRoot(): TrustRoot {
  return { name: 'sample', keys: new Map([[SAMPLE_KEY_NAME, SAMPLE_PUBLIC_KEY]]) };
}
