// aws-jwt-verify with the keys given. Reads {pool, client_id, jwks, tokens: {name: token}} from stdin;
// writes, for each token, what it is accepted as and what its claims are: {name: {id: claims | error, access: ...}}.
import { text } from 'node:stream/consumers';
import { CognitoJwtVerifier } from 'aws-jwt-verify';

const given = JSON.parse(await text(process.stdin));

const verdicts = {};
for (const tokenUse of ['id', 'access']) {
  const verifier = CognitoJwtVerifier.create({ userPoolId: given.pool, clientId: given.client_id, tokenUse });
  verifier.cacheJwks(given.jwks);
  for (const [name, token] of Object.entries(given.tokens)) {
    verdicts[name] ??= {};
    verdicts[name][tokenUse] = verdict(verifier, token);
  }
}
console.log(JSON.stringify(verdicts));

function verdict(verifier, token) {
  try {
    return { claims: verifier.verifySync(token) };
  } catch (error) {
    return { error: error.constructor.name };
  }
}
