// node ingest.mjs redux|rtk ws://HOST:PORT/ SIZE
import WebSocket from 'ws';
import { answer, expectEqual } from './answer.mjs';
import { marketStores } from './stores.mjs';

const [library, address, size] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const store = marketStores[library]();
let last = store.getState();
store.subscribe(() => {
  last = store.getState();
});

function consume() {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address + size, { perMessageDeflate: false });
    socket.on('message', (data) => store.dispatch(JSON.parse(data.toString())));
    socket.on('error', reject);
    socket.on('close', resolve);
  });
}

async function ingest() {
  const before = last.messages;
  await consume();
  expectEqual(last.messages - before, size);
}

await answer(ingest, size);
