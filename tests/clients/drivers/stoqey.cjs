// @stoqey/ib: `NODE_PATH=... node stoqey.cjs PORT`; prints one JSON object a line for everything it finds.
"use strict";

const { IBApi, EventName, ScanCode } = require("@stoqey/ib");

const { found, trouble, Events, run, ACCOUNT, AAPL } = require("./events.cjs");

const STOCK = { symbol: "AAPL", secType: "STK", exchange: "SMART", currency: "USD" };

const ib = new IBApi({ host: "127.0.0.1", port: Number(process.argv[2]), clientId: 1 });
const events = new Events(ib, Object.values(EventName));
const until = events.until.bind(events);
const collect = events.collect.bind(events);
ib.on(EventName.error, (error, code, id) => {
  if (code !== 202 && !error.message.includes("subscription cancelled")) trouble(`${error.message} (${code}, ${id})`);
});

const status = (number, wanted) => until(EventName.orderStatus, (id, state) => id === number && state === wanted);

async function market() {
  ib.reqContractDetails(1, STOCK);
  const [, details] = await until(EventName.contractDetails);
  await until(EventName.contractDetailsEnd);
  found("details", { con_id: details.contract.conId, min_tick: details.minTick, name: details.longName });
  ib.reqMktData(2, STOCK, "", false, false);
  const [, , bid] = await until(EventName.tickPrice, (_, kind) => kind === 1);
  const [, , bidSize] = await until(EventName.tickSize, (_, kind) => kind === 0);
  const [, , ask] = await until(EventName.tickPrice, (_, kind) => kind === 2);
  const [, , askSize] = await until(EventName.tickSize, (_, kind) => kind === 3);
  found("quotes", { bid, ask, bid_size: bidSize, ask_size: askSize });
  ib.cancelMktData(2);
  ib.reqMktData(3, { ...STOCK, symbol: "MSFT" }, "233", false, false);
  for (let tick = 0; tick < 10; tick++) await until(EventName.tickSize, (id) => id === 3);
  found("stream", { ticks: 10 });
  ib.cancelMktData(3);
  const bars = [];
  ib.reqHistoricalData(4, STOCK, "", "600 S", "1 min", "TRADES", 0, 1, false);
  for (;;) {
    const [, time, open, high, low, close, volume] = await until(EventName.historicalData);
    if (time.startsWith("finished")) break;
    bars.push([open, high, low, close, volume]);
  }
  found("history", { bars });
}

const order = (action, orderType, totalQuantity, more) => ({ action, orderType, totalQuantity, transmit: true, ...more });

async function orders(number) {
  ib.placeOrder(number, STOCK, order("BUY", "LMT", 100, { lmtPrice: 187.25, whatIf: true }));
  const [, , , state] = await until(EventName.openOrder);
  found("what_if", { commission: state.commission, margin: state.initMarginChange });
  ib.placeOrder(number + 1, STOCK, order("BUY", "LMT", 100, { lmtPrice: 180 }));
  await status(number + 1, "Submitted");
  ib.placeOrder(number + 1, STOCK, order("BUY", "LMT", 100, { lmtPrice: 181.5 }));
  const [, , shown] = await until(EventName.openOrder, (_, __, placed) => placed.lmtPrice === 181.5);
  ib.cancelOrder(number + 1);
  const [, cancelled] = await status(number + 1, "Cancelled");
  await until(EventName.error, (_, code, id) => code === 202 && id === number + 1);
  found("limit", { placed: "Submitted", modified: shown.lmtPrice, cancelled });
  ib.placeOrder(number + 2, STOCK, order("BUY", "MKT", 100));
  const [, , execution] = await until(EventName.execDetails);
  const [, done, filled] = await status(number + 2, "Filled");
  const [bill] = await until(EventName.commissionReport);
  found("market", { status: done, filled, price: execution.price, commission: bill.commission });
}

async function bracket(parent) {
  const legs = [
    order("BUY", "LMT", 50, { lmtPrice: 180, transmit: false }),
    order("SELL", "LMT", 50, { lmtPrice: 190, parentId: parent, transmit: false }),
    order("SELL", "STP", 50, { auxPrice: 170, parentId: parent }),
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
  const held = await collect(EventName.position, EventName.positionEnd);
  found("positions", { held: held.map(([, contract, size, cost]) => [contract.symbol, size, cost]) });
  const values = {};
  ib.on(EventName.updateAccountValue, (key, value) => (values[key] = value));
  ib.reqAccountUpdates(true, ACCOUNT);
  const portfolio = await collect(EventName.updatePortfolio, EventName.accountDownloadEnd);
  ib.reqAccountUpdates(false, ACCOUNT);
  ib.reqAccountSummary(5, "All", "NetLiquidation,BuyingPower");
  const rows = await collect(EventName.accountSummary, EventName.accountSummaryEnd);
  const summary = Object.fromEntries(rows.map(([, , tag, value]) => [tag, value]));
  found("account", { worth: Number(values.NetLiquidation), summary: Number(summary.NetLiquidation) });
  found("portfolio", { held: portfolio.map(([contract, size]) => [contract.symbol, size]) });
  ib.reqCompletedOrders(false);
  const completed = await collect(EventName.completedOrder, EventName.completedOrdersEnd);
  const done = completed.map(([, placed, state]) => [placed.orderType, state.status]);
  found("completed", { orders: done.sort() });
  ib.reqExecutions(6, {});
  const fills = await collect(EventName.execDetails, EventName.execDetailsEnd);
  found("executions", { fills: fills.map(([, , execution]) => [execution.side, execution.shares]) });
  ib.reqPnL(7, ACCOUNT, "");
  ib.reqPnLSingle(8, ACCOUNT, "", AAPL);
  const [, daily] = await until(EventName.pnl);
  const [, position] = await until(EventName.pnlSingle);
  found("pnl", { daily, position });
}

async function depth() {
  ib.reqMktDepth(9, STOCK, 5, false);
  const books = [{}, {}];
  while (Object.keys(books[0]).length < 5 || Object.keys(books[1]).length < 5) {
    const [, position, , side, price] = await until(EventName.updateMktDepth);
    books[side][position] = price;
  }
  found("depth", { bids: 5, asks: 5, bid: books[1][0], ask: books[0][0] });
  ib.cancelMktDepth(9, false);
  ib.reqTickByTickData(10, { ...STOCK, symbol: "MSFT" }, "BidAsk", 0, false);
  const [, , bid, ask] = await until(EventName.tickByTickBidAsk);
  found("tick_by_tick", { bid, ask });
  ib.cancelTickByTickData(10);
}

async function research() {
  const wanted = { numberOfRows: 5, instrument: "STK", locationCode: "STK.US.MAJOR", scanCode: ScanCode.TOP_PERC_GAIN };
  ib.reqScannerSubscription(11, wanted);
  const rows = await collect(EventName.scannerData, EventName.scannerDataEnd);
  found("scanner", { ranks: rows.map((row) => row[1]), symbols: rows.map((row) => row[2].contract.symbol) });
  ib.cancelScannerSubscription(11);
  ib.reqNewsProviders();
  const [offered] = await until(EventName.newsProviders);
  const providers = offered.map((provider) => provider.providerCode);
  ib.reqHistoricalNews(12, AAPL, providers.join("+"), "", "", 3);
  const headlines = await collect(EventName.historicalNews, EventName.historicalNewsEnd);
  const [, , provider, number] = headlines[0];
  ib.reqNewsArticle(13, provider, number);
  const [, , article] = await until(EventName.newsArticle);
  found("news", { providers, headlines: headlines.map((row) => row[4]), article });
}

async function main() {
  ib.connect();
  const [accounts] = await until(EventName.managedAccounts);
  const [number] = await until(EventName.nextValidId);
  found("connected", { accounts: accounts.split(","), next_id: number, version: ib.serverVersion });
  await market();
  await orders(number);
  await bracket(number + 3);
  await account();
  await depth();
  await research();
  ib.disconnect();
  found("done", {});
}

run(main);
