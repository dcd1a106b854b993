// node dispatch.mjs redux|rtk one|many SIZE
import { answer, expectEqual } from './answer.mjs';
import { combinedStores, countStores } from './stores.mjs';

const [library, shape, size] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const store = (shape === 'many' ? combinedStores : countStores)[library]();
const totalOf = shape === 'many' ? (state) => state.slice_0 : (state) => state.total;
const actions = Array.from({ length: 1000 }, (_, index) => ({ type: 'added', amount: 1 + (index % 10) }));
let last = store.getState();
store.subscribe(() => {
  last = store.getState();
});

let sum = 0;
for (let index = 0; index < size; index += 1) sum += actions[index % 1000].amount;

function dispatchAll() {
  const before = totalOf(last);
  for (let index = 0; index < size; index += 1) store.dispatch(actions[index % 1000]);
  expectEqual(totalOf(last) - before, sum);
}

await answer(dispatchAll, size);
