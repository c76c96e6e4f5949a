// What every contender is given; made by benchmarks/material.py.
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { CognitoJwtVerifier } from 'aws-jwt-verify'

export const material = JSON.parse(readFileSync(process.argv[3]))
const { kid } = JSON.parse(Buffer.from(material.tokens[0].split('.')[0], 'base64url'))
export const clientId = material.settings.cognito_client_id
export const issuer = JSON.parse(Buffer.from(material.tokens[0].split('.')[1], 'base64url')).iss
export const publicKey = createPublicKey({ key: material.jwks.keys.find((key) => key.kid === kid), format: 'jwk' })
  .export({ format: 'pem', type: 'spki' })

export function awsVerifier() {
  const verifier = CognitoJwtVerifier.create({
    userPoolId: material.settings.cognito_user_pool_id, clientId, tokenUse: 'access'
  })
  verifier.cacheJwks(material.jwks)
  return verifier
}
