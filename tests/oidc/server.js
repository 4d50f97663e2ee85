// An identity server as a Kommune runs one: the certified oidc-provider, with claims shaped as Keycloak's are.
// Usage: node server.js FILE, where FILE holds {"port", "kid", "people": {client: claims}}.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Provider } from 'oidc-provider';

const { port, kid, people } = JSON.parse(readFileSync(process.argv[2], 'utf-8'));
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const issuer = `http://127.0.0.1:${port}`;

const provider = new Provider(issuer, {
  jwks: { keys: [{ ...key, kid, use: 'sig', alg: 'RS256' }] },
  clients: Object.keys(people).map((id) => ({
    client_id: id,
    client_secret: `geheim-${id}`,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  })),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context, audience) => ({
        scope: '', audience: audience.replace('urn:', ''), accessTokenFormat: 'jwt', accessTokenTTL: 300,
        jwt: { sign: { alg: 'RS256', kid } },
      }),
    },
  },
  extraTokenClaims: (_context, token) => people[token.clientId],
});
provider.listen(port, '127.0.0.1', () => console.log('listening'));
