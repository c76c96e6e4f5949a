// `node operations.mjs operations MATERIAL`: reads an operation's name, does it for a while, says what one took.
import { createInterface } from 'node:readline'
import { awsVerifier, material } from './material.mjs'

const CPU_SECONDS = 0.5
const BATCH = 64
const verifier = awsVerifier()
let next = 0

const operations = {
  'aws-jwt-verify': () => verifier.verifySync(material.tokens[next++ % material.tokens.length])
}

function cost(operation) {
  const started = process.cpuUsage()
  let done = 0
  let spent = 0
  while (spent < CPU_SECONDS) {
    for (let i = 0; i < BATCH; i++) operation()
    done += BATCH
    const { user, system } = process.cpuUsage(started)
    spent = (user + system) / 1e6
  }
  return spent / done
}

for await (const line of createInterface({ input: process.stdin })) console.log(cost(operations[line]))
