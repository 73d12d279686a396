// Makes proofs with a library that knows nothing of ASM: first the thumbprint of its key, then one
// proof for each line it reads.
import { createInterface } from "node:readline";
import { calculateThumbprint, generateKeyPair, generateProof } from "dpop";

const pair = await generateKeyPair("ES256");
console.log(await calculateThumbprint(pair.publicKey));
for await (const line of createInterface({ input: process.stdin })) {
  const { htu, htm, nonce, token } = JSON.parse(line);
  console.log(await generateProof(pair, htu, htm, nonce ?? undefined, token ?? undefined));
}
