// node dispatch.mjs redux|rtk COUNT
import { countStores } from './stores.mjs';
import { cpuSeconds, expectEqual, report } from './measure.mjs';

const [library, size] = [process.argv[2], Number(process.argv[3])];
const store = countStores[library]();
const actions = Array.from({ length: 1000 }, (_, index) => ({ type: 'added', amount: 1 + (index % 10) }));
let last = null;
store.subscribe(() => {
  last = store.getState();
});

function dispatchMany(count) {
  for (let index = 0; index < count; index += 1) store.dispatch(actions[index % 1000]);
}

dispatchMany(size); // until it is compiled
const start = cpuSeconds();
dispatchMany(size);
const seconds = cpuSeconds() - start;
expectEqual(last.times, 2 * size);
report(seconds, size);
