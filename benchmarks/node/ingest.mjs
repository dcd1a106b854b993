// node ingest.mjs redux|rtk ws://HOST:PORT/ COUNT
import WebSocket from 'ws';
import { marketStores } from './stores.mjs';
import { cpuSeconds, expectEqual, report } from './measure.mjs';

const [library, address, size] = [process.argv[2], process.argv[3], Number(process.argv[4])];

function consume(store, count) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address + count, { perMessageDeflate: false });
    socket.on('message', (data) => store.dispatch(JSON.parse(data.toString())));
    socket.on('error', reject);
    socket.on('close', resolve);
  });
}

const store = marketStores[library]();
let last = null;
store.subscribe(() => {
  last = store.getState();
});

await consume(store, size); // until it is compiled
const start = cpuSeconds();
await consume(store, size);
const seconds = cpuSeconds() - start;
expectEqual(last.messages, 2 * size);
report(seconds, size);
