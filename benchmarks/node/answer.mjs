// The side of a program that is measured in a process of its own, as ../answer.py is in Python.
import { createInterface } from 'node:readline';

// CPU time of this process, user and system, in seconds: what the compiler and the collector do besides is counted.
function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

// Runs a job once, so that it is compiled, says "ready", then runs it once for each line of the standard input.
export async function answer(job, items) {
  await job();
  console.log('ready');
  for await (const _ of createInterface({ input: process.stdin })) {
    globalThis.gc(); // node --expose-gc
    const start = cpuSeconds();
    await job();
    console.log(JSON.stringify({ seconds: (cpuSeconds() - start) / items }));
  }
}

export function expectEqual(got, expected) {
  if (got !== expected) throw new Error(`counted ${got}, expected ${expected}`);
}
