// npm's `ib`, a client of before version 100: `NODE_PATH=... node npm_ib.cjs PORT`; one JSON object a line.
"use strict";

const IB = require("ib");
const { found, trouble, Events, run, ACCOUNT } = require("./events.cjs");

const STOCK = { symbol: "AAPL", secType: "STK", exchange: "SMART", currency: "USD" };
const NAMES = [
  "managedAccounts nextValidId server contractDetails contractDetailsEnd tickPrice tickSize historicalData openOrder",
  "orderStatus error execDetails execDetailsEnd commissionReport position positionEnd updateAccountValue openOrderEnd",
  "updatePortfolio accountDownloadEnd accountSummary accountSummaryEnd currentTime",
  "updateMktDepth scannerData scannerDataEnd",
];

const ib = new IB({ host: "127.0.0.1", port: Number(process.argv[2]), clientId: 1 });
const events = new Events(ib, NAMES.join(" ").split(" "));
const until = events.until.bind(events);
const collect = events.collect.bind(events);
let version = 0;
ib.on("server", (agreed) => (version = agreed));
ib.on("error", (error, data) => {
  const meant = data && ([202, 2104, 2106, 2158].includes(data.code) || error.message.includes("subscription cancelled"));
  if (!meant) trouble(`${error.message} ${JSON.stringify(data)}`);
});

const status = (number, wanted) => until("orderStatus", (id, state) => id === number && state === wanted);

async function market() {
  ib.reqContractDetails(1, STOCK);
  const [, details] = await until("contractDetails");
  await until("contractDetailsEnd");
  found("details", { con_id: details.summary.conId, min_tick: details.minTick, name: details.longName });
  ib.reqMktData(2, STOCK, "", false, false);
  const [, , bid] = await until("tickPrice", (_, kind) => kind === 1);
  const [, , bidSize] = await until("tickSize", (_, kind) => kind === 0);
  const [, , ask] = await until("tickPrice", (_, kind) => kind === 2);
  const [, , askSize] = await until("tickSize", (_, kind) => kind === 3);
  found("quotes", { bid, ask, bid_size: bidSize, ask_size: askSize });
  ib.cancelMktData(2);
  ib.reqMktData(3, { ...STOCK, symbol: "MSFT" }, "233", false, false);
  for (let tick = 0; tick < 10; tick++) await until("tickSize", (id) => id === 3);
  found("stream", { ticks: 10 });
  ib.cancelMktData(3);
  const bars = [];
  ib.reqHistoricalData(4, STOCK, "", "600 S", "1 min", "TRADES", 0, 1, false);
  for (;;) {
    const [, time, open, high, low, close, volume] = await until("historicalData");
    if (time.startsWith("finished")) break;
    bars.push([open, high, low, close, volume]);
  }
  found("history", { bars });
}

const limit = (action, size, price, more) => ({ ...ib.order.limit(action, size, price), ...more });

async function orders(number) {
  ib.placeOrder(number, STOCK, limit("BUY", 100, 187.25, { whatIf: true }));
  const [, , , state] = await until("openOrder");
  found("what_if", { commission: state.commission, margin: Number(state.initMargin) });
  ib.placeOrder(number + 1, STOCK, limit("BUY", 100, 180));
  await status(number + 1, "Submitted");
  ib.placeOrder(number + 1, STOCK, limit("BUY", 100, 181.5));
  const [, , shown] = await until("openOrder", (_, __, placed) => placed.lmtPrice === 181.5);
  ib.cancelOrder(number + 1);
  const [, cancelled] = await status(number + 1, "Cancelled");
  await until("error", (_, data) => data.code === 202 && data.id === number + 1);
  found("limit", { placed: "Submitted", modified: shown.lmtPrice, cancelled });
  ib.placeOrder(number + 2, STOCK, ib.order.market("BUY", 100));
  const [, , execution] = await until("execDetails");
  const [, done, filled] = await status(number + 2, "Filled");
  const [bill] = await until("commissionReport");
  found("market", { status: done, filled, price: execution.price, commission: bill.commission });
}

async function bracket(parent) {
  const legs = [
    limit("BUY", 50, 180, { transmit: false }),
    limit("SELL", 50, 190, { parentId: parent, transmit: false }),
    { ...ib.order.stop("SELL", 50, 170), parentId: parent },
  ];
  legs.forEach((leg, index) => ib.placeOrder(parent + index, STOCK, leg));
  const statuses = ["", "", ""];
  await events.gather(parent, statuses, ["Submitted", "PreSubmitted", "PreSubmitted"]);
  found("bracket", { statuses: [...statuses], types: legs.map((leg) => leg.orderType) });
  ib.cancelOrder(parent);
  await events.gather(parent, statuses, ["Cancelled", "Cancelled", "Cancelled"]);
  found("bracket_cancelled", { statuses });
}

async function account() {
  ib.reqPositions();
  const held = await collect("position", "positionEnd");
  found("positions", { held: held.map(([, contract, size, cost]) => [contract.symbol, Number(size), cost]) });
  const values = {};
  ib.on("updateAccountValue", (key, value) => (values[key] = value));
  ib.reqAccountUpdates(true, ACCOUNT);
  const portfolio = await collect("updatePortfolio", "accountDownloadEnd");
  ib.reqAccountUpdates(false, ACCOUNT);
  ib.reqAccountSummary(5, "All", "NetLiquidation,BuyingPower");
  const rows = await collect("accountSummary", "accountSummaryEnd");
  const summary = Object.fromEntries(rows.map(([, , tag, value]) => [tag, value]));
  found("account", { worth: Number(values.NetLiquidation), summary: Number(summary.NetLiquidation) });
  found("portfolio", { held: portfolio.map(([contract, size]) => [contract.symbol, Number(size)]) });
  ib.reqExecutions(6, {});
  const fills = await collect("execDetails", "execDetailsEnd");
  found("executions", { fills: fills.map(([, , execution]) => [execution.side, Number(execution.shares)]) });
  ib.reqAllOpenOrders();
  const open = await collect("openOrder", "openOrderEnd");
  found("open", { orders: open.length });
  ib.reqCurrentTime();
  const [seconds] = await until("currentTime");
  found("time", { seconds });
}

async function depth() {
  ib.reqMktDepth(9, STOCK, 5);
  const books = [{}, {}];
  while (Object.keys(books[0]).length < 5 || Object.keys(books[1]).length < 5) {
    const [, position, , side, price] = await until("updateMktDepth");
    books[side][position] = price;
  }
  found("depth", { bids: 5, asks: 5, bid: books[1][0], ask: books[0][0] });
  ib.cancelMktDepth(9);
}

async function research() {
  const wanted = { numberOfRows: 5, instrument: "STK", locationCode: "STK.US.MAJOR", scanCode: "TOP_PERC_GAIN" };
  ib.reqScannerSubscription(11, wanted);
  const rows = await collect("scannerData", "scannerDataEnd");
  found("scanner", { ranks: rows.map((row) => row[1]), symbols: rows.map((row) => row[2].summary.symbol) });
  ib.cancelScannerSubscription(11);
}

run(async () => {
  ib.connect();
  const [accounts] = await until("managedAccounts");
  const [number] = await until("nextValidId");
  found("connected", { accounts: accounts.split(","), next_id: number, version });
  await market();
  await orders(number);
  await bracket(number + 3);
  await account();
  await depth();
  await research();
  ib.disconnect();
  found("done", {});
});
