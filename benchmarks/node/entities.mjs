// node entities.mjs SIZE: one upsert among 100,000 entities in Redux Toolkit
import { configureStore, createEntityAdapter, createSlice } from '@reduxjs/toolkit';
import { answer, expectEqual } from './answer.mjs';

const [count, step, size] = [100_000, 7_919, Number(process.argv[2])];
const adapter = createEntityAdapter();
const rows = Array.from({ length: count }, (_, number) => ({ id: String(number), at: 0, price: 1 }));
const trades = createSlice({
  name: 'trades',
  initialState: adapter.setAll(adapter.getInitialState(), rows),
  reducers: { traded: adapter.upsertOne },
});
const store = configureStore({ reducer: trades.reducer, devTools: false });
const { traded } = trades.actions;
let price = 1;

function upsertAll() {
  price += 1;
  for (let index = 0; index < size; index += 1) {
    store.dispatch(traded({ id: String((index * step) % count), at: 0, price }));
  }
  expectEqual(store.getState().entities[String(((size - 1) * step) % count)].price, price);
}

await answer(upsertAll, size);
