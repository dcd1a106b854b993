// The same programs as in Python, each written as its library recommends. Action types are plain strings.
import { configureStore, createSlice } from '@reduxjs/toolkit';
import { combineReducers, legacy_createStore as createStore } from 'redux';

const count = { total: 0, times: 0 };
const market = { messages: 0, last: 0 };

function countReducer(state = count, action) {
  switch (action.type) {
    case 'added':
      return { total: state.total + action.amount, times: state.times + 1 };
    default:
      return state;
  }
}

function marketReducer(state = market, action) {
  switch (action.type) {
    case 'trade':
      return { messages: state.messages + 1, last: action.price };
    case 'quote':
      return { messages: state.messages + 1, last: action.bid };
    default:
      return state;
  }
}

const countSlice = createSlice({
  name: 'count',
  initialState: count,
  reducers: {},
  extraReducers: (builder) =>
    builder.addCase('added', (state, action) => {
      state.total += action.amount;
      state.times += 1;
    }),
});

const marketSlice = createSlice({
  name: 'market',
  initialState: market,
  reducers: {},
  extraReducers: (builder) =>
    builder
      .addCase('trade', (state, action) => {
        state.messages += 1;
        state.last = action.price;
      })
      .addCase('quote', (state, action) => {
        state.messages += 1;
        state.last = action.bid;
      }),
});

// A hundred slices, each a number; the first counts, the others wait for an action that nobody dispatches.
const SLICES = Array.from({ length: 100 }, (_, index) => [`slice_${index}`, index === 0 ? 'added' : 'ignored']);

function numberReducer(type) {
  return (state = 0, action) => (action.type === type ? state + action.amount : state);
}

function numberSlice(name, type) {
  const extraReducers = (builder) => builder.addCase(type, (state, action) => state + action.amount);
  return createSlice({ name, initialState: 0, reducers: {}, extraReducers }).reducer;
}

function combined(reducerOf) {
  return Object.fromEntries(SLICES.map(([name, type]) => [name, reducerOf(name, type)]));
}

export const countStores = {
  redux: () => createStore(countReducer),
  rtk: () => configureStore({ reducer: countSlice.reducer, devTools: false }),
};

export const combinedStores = {
  redux: () => createStore(combineReducers(combined((_, type) => numberReducer(type)))),
  rtk: () => configureStore({ reducer: combined(numberSlice), devTools: false }),
};

export const marketStores = {
  redux: () => createStore(marketReducer),
  rtk: () => configureStore({ reducer: marketSlice.reducer, devTools: false }),
};
