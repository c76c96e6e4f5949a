// `node server.mjs NAME MATERIAL`: one contender; says its port.
import fastifyJwt from '@fastify/jwt'
import express from 'express'
import Fastify from 'fastify'
import { awsVerifier, issuer, publicKey } from './material.mjs'

const bearer = (headers) => headers.authorization.slice('Bearer '.length)

const servers = {
  async 'fastify-jwt'() {
    const fastify = Fastify()
    await fastify.register(fastifyJwt, {
      secret: { public: publicKey },
      verify: { algorithms: ['RS256'], allowedIss: issuer, cache: true }
    })
    fastify.get('/auth/verify', { onRequest: (request) => request.jwtVerify() }, (_, reply) => reply.code(204).send())
    await fastify.listen({ host: '127.0.0.1', port: 0 })
    return fastify.server
  },

  async 'fastify-aws'() {
    const fastify = Fastify()
    const verifier = awsVerifier()
    fastify.get('/auth/verify', (request, reply) => {
      verifier.verifySync(bearer(request.headers))
      reply.code(204).send()
    })
    await fastify.listen({ host: '127.0.0.1', port: 0 })
    return fastify.server
  },

  async 'express-aws'() {
    const verifier = awsVerifier()
    const app = express()
    app.get('/auth/verify', (request, response) => {
      verifier.verifySync(bearer(request.headers))
      response.status(204).end()
    })
    return new Promise((resolve) => {
      const server = app.listen(0, '127.0.0.1', () => resolve(server))
    })
  }
}

const server = await servers[process.argv[2]]()
console.log(server.address().port)
